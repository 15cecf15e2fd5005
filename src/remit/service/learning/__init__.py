"""The learning loop: one operation a file."""
