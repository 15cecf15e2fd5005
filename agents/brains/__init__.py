"""Brains make plans and proposals. They are ports to thinking, and none of them can change a verdict."""
