"""Here the ports are kept by one SQL database: explicit queries, one unit of work per command, one writer at a time."""
