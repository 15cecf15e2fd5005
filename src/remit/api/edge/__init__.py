"""Here stands what every request passes before and after its route: limits, rates, headers, ids, logs and metrics.

All of it is plain ASGI, so that a stream stays a stream.
"""
