"""What competes for a decision: one strategy a file, behind the protocol of `strategy`."""
