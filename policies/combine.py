"""How findings become one answer: deny beats escalate beats allow, and the strictest approval terms of a role win."""

from __future__ import annotations

from collections.abc import Iterable

from remit.core.words import ApprovalTerms, Effect, Finding

REVIEWER = ApprovalTerms(role="reviewer")
"""Who looks at an escalation for which the contract names nobody."""

_RANK: dict[Effect, int] = {"allow": 0, "escalate": 1, "deny": 2}


def strictest(effects: Iterable[Effect]) -> Effect | None:
    """deny > escalate > allow; None when nothing was said."""
    return max(effects, key=_RANK.__getitem__, default=None)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings with the strictest first, then by rule: the order of the rules in the file leaves no trace."""
    return tuple(sorted(findings, key=lambda finding: (-_RANK[finding.effect], finding.rule)))


def merge_terms(wanted: Iterable[ApprovalTerms]) -> tuple[ApprovalTerms, ...]:
    """One set of terms per role: the largest quorum, the shortest time, and deny where any of them denies."""
    merged: dict[str, ApprovalTerms] = {}
    for terms in wanted:
        other = merged.get(terms.role, terms)
        spans = [span for span in (terms.within_minutes, other.within_minutes) if span is not None]
        merged[terms.role] = ApprovalTerms(
            terms.role,
            max(terms.quorum, other.quorum),
            min(spans, default=None),
            "deny" if "deny" in (terms.on_timeout, other.on_timeout) else "hold",
        )
    return tuple(merged[role] for role in sorted(merged))
