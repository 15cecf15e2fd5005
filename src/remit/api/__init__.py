"""Here HTTP becomes an operation of the service layer and its result becomes HTTP; nothing is decided here.

One route a file; every route names its door, and every error is a problem (RFC 9457).
"""
