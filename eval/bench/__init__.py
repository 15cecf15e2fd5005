"""The benchmarks, one a file: interleaved rounds in one process, medians, ratios."""
