"""Here are the words that every room shares: values, errors, canonical bytes, and the ports for time, ids and chance.

Nothing here reads a file it was not handed, opens a connection or looks at the wall clock on its own.
"""
