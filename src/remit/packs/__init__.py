"""Here a folder becomes a decision pack: typed, compiled and whole, or a list of everything that is wrong with it.

A pack is data. Nothing here acts, retrieves or stores; loading one twice gives the same pack.
"""
