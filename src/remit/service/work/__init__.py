"""Here work that waits is done by workers: queued decisions, what is due, and what a dead worker left behind.

The decisions' rows are the truth. The queue only says who carries which of them on; losing it loses nothing, since
the sweep queues anew whatever its row says is unfinished.
"""
