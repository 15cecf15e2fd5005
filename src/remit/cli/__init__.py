"""Here people at a terminal reach Remit: one verb a file, JSON for machines, plain words for people.

Results go to standard output, everything else to standard error. Exit codes: 0 ok, 1 the answer is no, 2 wrong use or
input, 3 the system failed.
"""
