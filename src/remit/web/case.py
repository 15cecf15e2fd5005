"""A case as its reviewer sees it: cited passages numbered, findings with failures first, fields of the edit typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.core.errors import RemitError
from remit.service.reviews.moves import rules_of
from remit.service.reviews.show import show_review
from remit.web.visitor import Visitor

_ORDER = {"deny": 0, "escalate": 1, "allow": 2}


def case_of(who: Visitor, review_id: str, trial: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The review in full as this visitor may see it, arranged for the page. Raises NotFound, InputError."""
    services = who.engine.services
    shown = show_review(services, who.engine, review_id, viewer=who.actor, trial=trial)
    with services.store.read() as unit:
        review = unit.reviews.get(review_id)
    judgement = shown.get("judgement") or {}
    proposal = judgement.get("proposal") or {}
    passages = shown.get("passages") or []
    numbers = {each["id"]: number for number, each in enumerate(passages, start=1)}
    votes = [vote for vote in shown.get("votes") or () if vote["counts"]]
    quorum = sum(terms["quorum"] for terms in shown["terms"])
    return {
        **shown,
        "proposal": proposal,
        "versions": judgement.get("versions") or {},
        "findings": sorted(
            (judgement.get("verdict") or {}).get("findings") or [], key=lambda each: _ORDER.get(each["effect"], 3)
        ),
        "numbers": numbers,
        "cited": [numbers[each] for each in proposal.get("cites", ()) if each in numbers],
        "fields": _fields(who, shown),
        "codes": dict(rules_of(services, review).reasons),
        "is_open": not review.settled,
        "quorum": quorum,
        "approvals": sum(vote["choice"] == "approve" for vote in votes),
        "already": any(vote["reviewer"] == who.principal.id for vote in votes),
        "needs": judgement.get("needs") or [],
    }


def _fields(who: Visitor, shown: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The arguments of the proposed action as fields of a form; none where the action is not known any more."""
    action = shown.get("action")
    pack = ((shown.get("judgement") or {}).get("versions") or {}).get("pack")
    if not action or not pack:
        return []
    try:
        decision = who.engine.services.decision(who.engine.services.pack(pack), shown["decision"])
        schema = decision.actions[action["name"]].schema.args
    except (RemitError, KeyError):
        return []
    return [
        {
            "name": field.name,
            "type": field.type,
            "values": field.values,
            "minimum": field.minimum,
            "maximum": field.maximum,
            "required": field.required,
            "description": field.description,
            "value": action["args"].get(field.name),
        }
        for field in schema.fields
    ]
