"""Here people say who is told of what, and messages are carried to them; whoever tells knows nothing of it."""
