"""Here the ports are kept in memory: twins of the real adapters that pass the same conformance tests."""
