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
    return {
        **shown,
        "hidden": bool(shown.get("verdict_hidden")),
        "judgement": judgement,
        "evidence": evidence,
        "cites": labels_of(judgement["proposal"]["cites"] if judgement else [], evidence),
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
    """Passages with the label that chips name them by: E1, E2 and so on. One that serves several needs stands once, and
    its text does not begin with its title again, which stands above it.
    """
    by_id: dict[str, dict[str, Any]] = {}
    for each in passages:
        found = by_id.setdefault(each["id"], {**each, "text": _under_title(each), "needs": []})
        found["needs"].append(each["need"])
    return [{**each, "label": f"E{number}"} for number, each in enumerate(by_id.values(), 1)]


def labels_of(cites: Sequence[str], evidence: Sequence[Mapping[str, Any]]) -> list[str]:
    """The labels of the passages that are cited, each once."""
    labels = {each["id"]: each["label"] for each in evidence}
    return [labels[cite] for cite in dict.fromkeys(cites) if cite in labels]


def _under_title(passage: Mapping[str, Any]) -> str | None:
    text: str | None = passage["text"]
    if text is None:
        return None
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if first.lstrip("# ").strip() == passage["title"] and rest.strip() else text


def findings_of(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the rules said, what stands against it first."""
    return sorted((dict(each) for each in findings), key=lambda each: _FIRST.get(each["effect"], 3))


def arguments_of(shown: Mapping[str, Any]) -> list[tuple[str, Any, Any, bool]]:
    """Each argument beside what was asked for, or what it was before somebody edited it; and whether the two differ."""
    args = (shown["action"] or {}).get("args", {})
    if shown["edited"]:
        before, beside = {each["name"]: each["was"] for each in shown["edited"]}, args
    else:
        before, beside = {each["name"]: each["requested"] for each in shown["differs_from_request"]}, shown["case"]
    return [(name, before.get(name, beside.get(name)), value, name in before) for name, value in args.items()]


def timed(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Steps with the time since the one before, in milliseconds; None for the first."""
    moments = [datetime.fromisoformat(each["at"]) for each in steps]
    gaps = [
        None,
        *((after - before).total_seconds() * 1000 for before, after in itertools.pairwise(moments)),
    ]
    return [{**each, "ms": gap} for each, gap in zip(steps, gaps, strict=True)]
