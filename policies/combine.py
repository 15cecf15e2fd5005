"""How findings become one answer: deny beats escalate beats allow, and the strictest approval terms of a seat win."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

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
    """One set of terms per seat (stage, role and group), the first stage first, each as strict as any for that seat.

    That is the largest quorum, the shortest times, deny where any of them denies, and the clock that never stands still
    where any asks for it. The chain is the longest of them.
    """
    merged: dict[str, ApprovalTerms] = {}
    for terms in wanted:
        merged[terms.seat] = _stricter(merged.get(terms.seat, terms), terms)
    return tuple(sorted(merged.values(), key=lambda terms: (terms.stage, terms.role, terms.group or "")))


def _stricter(one: ApprovalTerms, other: ApprovalTerms) -> ApprovalTerms:
    both = (one, other)
    within = _shortest(each.within_minutes for each in both)
    warn = _shortest(each.warn_minutes for each in both)
    return replace(
        one,
        quorum=max(one.quorum, other.quorum),
        within_minutes=within,
        on_timeout="deny" if any(each.on_timeout == "deny" for each in both) else "hold",
        warn_minutes=warn if warn is not None and within is not None and warn < within else None,
        chain=max((each.chain for each in both), key=lambda chain: (len(chain), chain)),
        hours="always" if any(each.hours == "always" for each in both) else "working",
    )


def _shortest(spans: Iterable[int | None]) -> int | None:
    return min((span for span in spans if span is not None), default=None)
