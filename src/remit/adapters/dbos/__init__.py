"""Here DBOS keeps the queue and hands its tasks to workers: in SQLite beside the data, or in PostgreSQL.

DBOS is imported in this folder only, and only by what queues or works. It knows ids of decisions and words for what
came of them, never a case. What it does that one would not expect is in docs/decisions/0022.
"""
