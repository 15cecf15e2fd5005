"""Questions in words: those that the default brain was tuned on, and those that were held back."""
