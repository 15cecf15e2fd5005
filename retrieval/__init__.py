"""Here the questions of a case meet documents: text comes in as data, passages go out with their provenance.

What a caller may not see is left out before anything is ranked. What is stale, untrusted or missing is said, never
guessed. Embeddings, indexes and storage are ports; nothing here knows who keeps them.
"""
