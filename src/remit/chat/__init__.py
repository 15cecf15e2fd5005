"""Here a question becomes a call of one tool, and its result an answer that cites it; nothing is read from outside.

There is no tool that approves, and what a tool gives back is never read as a question.
"""
