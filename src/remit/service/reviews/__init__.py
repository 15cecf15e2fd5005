"""Here people work on what waits for them: one operation a file, each one unit of work with its ledger event.

A word that settles a review is durable before the decision is carried on; whatever fails after it, recovery goes on.
"""
