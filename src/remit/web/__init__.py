"""The web faces: pages that a server renders, over the same operations and doors as the API.

A page shows what a person may see and sends what they mean; it decides nothing. Every page works without a script.
"""
