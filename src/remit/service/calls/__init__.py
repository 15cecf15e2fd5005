"""What callers at a distance need, whose connection or patience may end before the work does.

A call is answered once however often it is sent; it waits only so long; it can be handed in to be looked at later.
"""
