"""The Alembic scripts, shipped with the package. `HEAD` is the newest revision; a test holds it to the scripts."""

HEAD = "0024"
