"""Here Remit is measured: beside others, on the same task, in the same run, so that what is told is a ratio."""
