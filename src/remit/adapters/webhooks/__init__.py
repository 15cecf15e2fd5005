"""Webhooks over HTTP: names resolved, and messages sent to exactly the addresses that were looked at."""
