"""Here a contract becomes a verdict: each condition is checked against its types at load; nothing is read from outside.

What cannot be understood is refused at load. What cannot be evaluated goes to a person or is denied, never allowed.
"""
