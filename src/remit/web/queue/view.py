"""A review as its page shows it: what the operation tells, put in the order in which a person looks at it. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from remit.service.reviews.forms import ReviewForm

_FIRST = {"deny": 0, "escalate": 1, "allow": 2}


def case_of(shown: Mapping[str, Any], form: ReviewForm, viewer: str) -> dict[str, Any]:
    """What is shown, with evidence numbered, findings ordered, failures first, and how many have agreed so far."""
    judgement = shown.get("judgement")
    evidence = numbered(shown["passages"])
    labels = {each["id"]: each["label"] for each in evidence}
    return {
        **shown,
        "hidden": bool(shown.get("verdict_hidden")),
        "judgement": judgement,
        "evidence": evidence,
        "cites": [labels[cite] for cite in (judgement["proposal"]["cites"] if judgement else []) if cite in labels],
        "findings": findings_of(judgement["verdict"]["findings"] if judgement else []),
        "arguments": arguments_of(shown),
        "steps": timed(shown["trace"]["ledger"]),
        "needed": sum(terms["quorum"] for terms in shown["terms"]),
        "agreed": sum(1 for vote in shown.get("votes", []) if vote["counts"] and vote["choice"] == "approve"),
        "settled": shown["state"] not in ("open", "claimed"),
        "mine": shown["claimed_by"] == viewer,
        "fields": form.fields,
        "codes": form.codes,
    }


def numbered(passages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Passages with the label that chips name them by: E1, E2 and so on."""
    return [{**each, "label": f"E{number}"} for number, each in enumerate(passages, 1)]


def findings_of(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the rules said, what stands against it first."""
    return sorted((dict(each) for each in findings), key=lambda each: _FIRST.get(each["effect"], 3))


def arguments_of(shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each argument beside what was asked for; `changed` where the two differ."""
    args = (shown["action"] or {}).get("args", {})
    differing = {each["name"]: each["requested"] for each in shown["differs_from_request"]}
    edited = {each["name"]: each["was"] for each in shown["edited"]}
    before = {**differing, **edited}
    return [
        {
            "name": name,
            "before": before.get(name, shown["case"].get(name)),
            "now": value,
            "changed": name in before,
        }
        for name, value in args.items()
    ]


def timed(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps with the time since the one before, in milliseconds; None for the first."""
    moments = [datetime.fromisoformat(each["at"]) for each in steps]
    gaps = [
        None,
        *((after - before).total_seconds() * 1000 for before, after in itertools.pairwise(moments)),
    ]
    return [{**each, "ms": gap} for each, gap in zip(steps, gaps, strict=True)]
