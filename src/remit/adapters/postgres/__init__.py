"""Here Remit meets PostgreSQL: many processes on many machines share one database, one ledger and its decisions.

The tables and their statements are those of `remit.adapters.sql`; this room has what is peculiar to the server.
"""
