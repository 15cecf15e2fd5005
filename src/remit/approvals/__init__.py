"""Here an escalated decision waits for people: who may decide, how many must agree, and what voids their word.

A review is bound to the action digest, the policy's sha256 and the evidence root it was opened with. Votes are counted
here and nowhere else. Nothing in this room approves by time-out.
"""
