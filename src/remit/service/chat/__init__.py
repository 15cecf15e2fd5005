"""Asking in words: conversations, the runs that answer, and the tools as one asker may use them."""
