"""The approval queue: the list on the left, one case on the right, and what people say of it."""
