"""Here outcomes become better proposals. What is learnt is data with a digest, never code."""
