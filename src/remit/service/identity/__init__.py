"""Here people and apps get in: accounts, keys, sessions. Every change is one unit of work with its event.

No event, answer or error names a secret; a key or a session's token is in the answer that makes it, and nowhere else.
"""
