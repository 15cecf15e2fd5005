"""The nouns of a decision, as frozen values. Each can be written as JSON and is never changed once made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Effect = Literal["allow", "escalate", "deny"]
Trust = Literal["trusted", "internal", "untrusted"]
Autonomy = Literal["shadow", "advise", "approve_all", "act"]
Status = Literal["executed", "advised", "awaiting_review", "denied", "rejected", "quarantined", "failed"]


def plain(value: Any) -> dict[str, Any]:
    """The fields of a dataclass, all JSON already. It copies nothing, as `asdict` would at ten times the cost."""
    return {each.name: getattr(value, each.name) for each in fields(value)}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks or acts. `kind` is user, app or system; roles are plain words that packs and contracts use."""

    id: str
    kind: Literal["user", "app", "system"] = "user"
    roles: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "kind": self.kind, "roles": list(self.roles)}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Actor:
        return Actor(said["id"], said["kind"], tuple(said["roles"]))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A retrieved passage, by reference: the text itself stays in SQL under `id`.

    `id` is ``document@revision#chunk``; `sha256` is of the passage's text; `score` is the fused rank score;
    `similarity` the cosine to the query; `age_days` counts from the document's `valid_from` to the time of decision.
    """

    id: str
    need: str
    source: str
    title: str
    revision: int
    sha256: str
    score: float
    similarity: float
    trust: Trust
    age_days: int

    @property
    def trusted(self) -> bool:
        return self.trust == "trusted"

    def to_json(self) -> dict[str, Any]:
        return plain(self)


@dataclass(frozen=True, slots=True)
class NeedResult:
    """What became of one evidence need: met, or why not. `query` is the last wording that was asked."""

    need: str
    met: bool
    query: str
    found: int
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        return plain(self)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One action with typed arguments. `propensity` is the probability with which this action was chosen."""

    action: str
    args: dict[str, Any]
    confidence: float
    propensity: float
    reasons: tuple[str, ...]
    cites: tuple[str, ...]
    proposer: str

    def to_json(self) -> dict[str, Any]:
        return {
            "action": {"name": self.action, "args": self.args},
            "confidence": self.confidence,
            "propensity": self.propensity,
            "reasons": list(self.reasons),
            "cites": list(self.cites),
            "proposer": self.proposer,
        }


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that spoke: its id, its effect, the clause that made it so, and the reason in the contract's words."""

    rule: str
    effect: Effect
    clause: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        return plain(self)


@dataclass(frozen=True, slots=True)
class ApprovalTerms:
    """Who must approve an escalated action: so many people (`quorum`) of a role, within so many minutes.

    A time-out never approves: `on_timeout` is deny or hold. Stages are gone through in order, and the clock of a stage
    begins with it. `group` is a second word that the people must hold. After `warn_minutes` a warning is given; each
    time that `within_minutes` are over the next role of `chain` may fill the seat, too, until nobody is left to ask.
    `hours` says whether the minutes are counted in the pack's working hours or around the clock.
    """

    role: str
    quorum: int = 1
    within_minutes: int | None = None
    on_timeout: Literal["deny", "hold"] = "hold"
    stage: int = 1
    group: str | None = None
    warn_minutes: int | None = None
    chain: tuple[str, ...] = ()
    hours: Literal["working", "always"] = "working"

    @property
    def seat(self) -> str:
        """What a vote fills: stage, role and group, such as ``2/officer/north``."""
        return "/".join(filter(None, (str(self.stage), self.role, self.group)))

    def to_json(self) -> dict[str, Any]:
        """As JSON. What came later is left out where nothing is said of it: older records keep their digests."""
        said = {**plain(self), "chain": list(self.chain)}
        return {name: value for name, value in said.items() if name in _FIRST_TERMS or value != _UNSAID[name]}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> ApprovalTerms:
        return ApprovalTerms(**{**said, "chain": tuple(said.get("chain", ()))})


_FIRST_TERMS = ("role", "quorum", "within_minutes", "on_timeout")
_UNSAID: dict[str, Any] = {"stage": 1, "group": None, "warn_minutes": None, "chain": [], "hours": "working"}


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which contract spoke: name, version and the SHA-256 of its file."""

    name: str
    version: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        return plain(self)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the contract says of a proposal: effect, findings, obligations and, when escalated, approval terms."""

    effect: Effect
    findings: tuple[Finding, ...]
    policy: PolicyRef
    obligations: tuple[dict[str, str], ...] = ()
    approvals: tuple[ApprovalTerms, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {
            "effect": self.effect,
            "findings": [finding.to_json() for finding in self.findings],
            "obligations": [dict(obligation) for obligation in self.obligations],
            "approvals": [terms.to_json() for terms in self.approvals],
            "policy": self.policy.to_json(),
        }
