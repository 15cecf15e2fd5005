"""What can go wrong between an app and Remit, as a tree.

ClientError
├── ProblemError           Remit answered with a problem (RFC 9457): `code`, `status`, `detail`, `mend`
│   ├── CaseRejected       422  the case does not fit its data contract; `violations` says where
│   ├── KeyReused          422  the idempotency key was used for another request
│   ├── Unauthenticated    401  no key, or one that is unknown, expired or revoked
│   ├── Forbidden          403  no role or scope of the key opens this door, or a rule of conduct forbids it
│   ├── NotFound           404  there is nothing of that name for whoever asks
│   ├── Conflict           409  somebody else was first
│   │   └── InFlight       409  the same request is still being worked on
│   ├── Stale              412  it has changed since you looked
│   ├── RateLimited        429  too many requests; the client waited as long as it was allowed to
│   └── Unavailable        503  Remit cannot work at the moment; `nothing_done` says whether that is certain
├── NoAnswer               no answer that could be read; `sent` says whether the request may have arrived
│   └── OutOfTime          the deadline passed first
├── Unreadable             an answer of another shape: something else than Remit answers there, or another version
├── NotYet                 the decision was not final within the time that you gave; `decision` is how it stands
└── NotSound               a proof or a signature does not hold
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.client.results import Decision
from remit.client.wire import Answer

TYPE_PREFIX = "urn:remit:problem:"


class ClientError(Exception):
    """The root."""


class ProblemError(ClientError):
    """Remit answered with a problem. `code` is stable; `members` holds whatever else the problem says.

    `nothing_done`: the answer is one of "not now", and it is certain that nothing was done.
    """

    def __init__(self, status: int, members: Mapping[str, Any], request_id: str | None = None) -> None:
        self.status = status
        self.members = members
        self.type = str(members.get("type", "about:blank"))
        self.code = self.type.removeprefix(TYPE_PREFIX)
        self.title = str(members.get("title", ""))
        self.detail: str | None = members.get("detail")
        self.mend: str | None = members.get("mend")
        self.request_id = request_id
        from_remit = self.type != "about:blank"
        self.nothing_done = from_remit and (status == 429 or members.get("nothing_done") is True)
        said = self.detail or self.title or self.code
        words = members.get("wrong", ()) if self.code == "request" else ()
        wrong = "".join(f"\n  {'.'.join(map(str, each['at']))}: {each['what']}" for each in words)
        super().__init__(f"{status} {self.code}: {said}{wrong}" + (f" ({self.mend})" if self.mend else ""))


class CaseRejected(ProblemError):
    """The case does not fit its data contract."""

    @property
    def violations(self) -> Sequence[Mapping[str, Any]]:
        """Every field that does not fit, and why."""
        return tuple(self.members.get("violations", ()))


class KeyReused(ProblemError):
    """The idempotency key was used for another request. Use a new key for a new case."""


class Unauthenticated(ProblemError):
    """Nobody has proved who is asking."""


class Forbidden(ProblemError):
    """The answer is no: no role or scope opens this door, or a rule of conduct forbids it."""


class NotFound(ProblemError):
    """There is nothing of that name for whoever asks."""


class Conflict(ProblemError):
    """Somebody else was first; look again and decide anew."""


class InFlight(Conflict):
    """The same request is still being worked on. Ask again with the same key."""


class Stale(ProblemError):
    """What was to be changed has changed since it was looked at."""


class RateLimited(ProblemError):
    """Too many requests."""


class Unavailable(ProblemError):
    """Remit cannot work at the moment. Where `nothing_done` is false, look how things stand before you ask anew."""


class NoAnswer(ClientError):
    """No answer that could be read. `sent` says whether the request may have arrived, and been carried out."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(f"{why}; " + ("it may have been carried out" if sent else "nothing was sent"))
        self.sent = sent


class OutOfTime(NoAnswer):
    """The deadline passed before there was an answer."""


class Unreadable(ClientError):
    """A success whose content is of another shape. It was carried out, if it was Remit that answered."""


class NotYet(ClientError):
    """The decision was not final in time."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"decision {decision.decision_id} is not final yet: {decision.status}")
        self.decision = decision


class NotSound(ClientError):
    """A proof or a signature does not hold."""


_BY_CODE: Mapping[str, type[ProblemError]] = {
    "case_rejected": CaseRejected,
    "request_key": KeyReused,
    "in_flight": InFlight,
}
_BY_STATUS: Mapping[int, type[ProblemError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    412: Stale,
    429: RateLimited,
    503: Unavailable,
}


def problem_of(answer: Answer) -> ProblemError:
    """The error that an answer stands for; one that is no problem document, say of a proxy, is told by its status."""
    try:
        said = answer.json()
    except ValueError:
        said = None
    members = said if isinstance(said, dict) else {}
    kind = str(members.get("type", "")).removeprefix(TYPE_PREFIX)
    error = _BY_CODE.get(kind) or _BY_STATUS.get(answer.status, ProblemError)
    return error(answer.status, members, answer.headers.get("x-request-id"))
