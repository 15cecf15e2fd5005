"""Which strategy earns most while it learns, on real cases in one pass."""
