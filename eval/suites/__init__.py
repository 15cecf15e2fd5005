"""The suites, one a module with a `SUITE`, or one a folder whose `suite.py` has it beside what it simulates with."""
