"""Here outcomes move models: candidates are registered, gated, rolled out, watched, taken back; each step an event."""
