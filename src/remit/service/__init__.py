"""Here each thing that a user can ask for is one operation: decide, batch, review, explain, replay, index, search.

Every door (command line, HTTP, chat) calls these and nothing below them.
"""
