"""One page a file: its door, what it asks of the operations, and which template shows it."""
