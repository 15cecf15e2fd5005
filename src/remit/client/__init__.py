"""Here a business app speaks to Remit over HTTP: typed, patient, and never asking twice for what may be done once.

    from remit.client import Client

    with Client("https://remit.example", key) as remit:
        decision = remit.decide("credit", case)

`AsyncClient` has the same operations to be awaited. Nothing of the engine is imported here, only httpx and, where a
proof or a webhook is verified, the pure functions that do it.
"""

from __future__ import annotations

from remit.client.aio import AsyncClient
from remit.client.errors import (
    CaseRejected,
    ClientError,
    Conflict,
    Forbidden,
    InFlight,
    KeyReused,
    NoAnswer,
    NotFound,
    NotSound,
    NotYet,
    OutOfTime,
    ProblemError,
    RateLimited,
    Stale,
    Unauthenticated,
    Unavailable,
    Unreadable,
)
from remit.client.patience import Patience
from remit.client.proofs import verify_proof
from remit.client.results import Batch, Decision, Passage, Review, Verdict
from remit.client.sync import Client

__all__ = [
    "AsyncClient",
    "Batch",
    "CaseRejected",
    "Client",
    "ClientError",
    "Conflict",
    "Decision",
    "Forbidden",
    "InFlight",
    "KeyReused",
    "NoAnswer",
    "NotFound",
    "NotSound",
    "NotYet",
    "OutOfTime",
    "Passage",
    "Patience",
    "ProblemError",
    "RateLimited",
    "Review",
    "Stale",
    "Unauthenticated",
    "Unavailable",
    "Unreadable",
    "Verdict",
    "verify_proof",
]
