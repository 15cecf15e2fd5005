"""Here what happened is written down, once and in order, so that nobody can change it afterwards unseen.

Every event becomes a leaf of a Merkle tree (RFC 6962, RFC 9162); the tree's head is signed (C2SP signed notes) and the
signed head also lives outside the database. Nothing here knows SQL: `LedgerLog` is the port that keeps the events.
"""
