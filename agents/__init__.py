"""Here agents plan, retrieve, propose and act, and each may do only what the policy contract lets through.

Every node is a plain function of (state, deps); the graph orders them, and replay calls the same functions without it.
"""
