"""Whether a message is from Remit: the signature of its webhooks, verified without asking anybody."""

from remit.webhooks.signing import NotVerified, verify

__all__ = ["NotVerified", "verify"]
