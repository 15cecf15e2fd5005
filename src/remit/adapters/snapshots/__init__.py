"""Snapshots as Parquet files: DuckDB joins what was decided with what was known, pyarrow writes, content names them."""
