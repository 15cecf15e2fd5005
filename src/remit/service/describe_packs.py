"""What packs there are, and what each says of itself: decisions, actions, evidence, data contracts, models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from remit.core.errors import RemitError
from remit.core.source import read_yaml
from remit.packs.case_schema import case_schema, record_schema
from remit.packs.pack import Decision, Pack, card_name
from remit.service.policy_changes import policy_versions
from remit.service.services import Services

LEARNT_BY = (
    *("snapshot", "check", "train", "register", "explore", "gate", "rollout", "online", "drift", "acknowledge"),
    *("rollback", "examples"),
)
NOT_THERE_YET: tuple[str, ...] = ()
"""What the learning loop can do today, and what it cannot."""


def list_packs(services: Services) -> list[dict[str, Any]]:
    """Every pack that can be found, by name. One that does not load is listed with `loads` false."""
    return [_line(services, name) for name in services.library.names()]


def describe_pack(services: Services, name: str) -> dict[str, Any]:
    """One pack with its decisions: actions, evidence needs, outcome, how reviews are worked on.

    Raises:
        NotFound, SourceError: there is no such pack, or it has problems.
    """
    pack = services.pack(name)
    return {**_head(pack), "decisions": [_decision(pack, each) for each in pack.decisions.values()]}


def describe_contract(services: Services, name: str, decision: str | None = None) -> dict[str, Any]:
    """The data contract of a decision's case as it stands in the pack (ODCS 3.1), and its JSON Schema.

    Raises:
        NotFound, SourceError: there is no such pack or decision, or it has problems.
        InputError: the pack has several decisions, and none was named.
    """
    pack = services.pack(name)
    found = services.decision(pack, decision)
    file = next(each.case for each in pack.model.decisions if each.name == found.name)
    document = read_yaml(pack.files.text(file) or "", file).data
    return {"decision": found.name, "odcs": document, "schema": case_schema(found.contract)}


def policies_in_force(services: Services) -> list[dict[str, Any]]:
    """What is in force for every decision of every pack that loads: ``{"pack", "in_force"}`` for each."""
    return [
        {name: said[name] for name in ("pack", "in_force")}
        for pack in _loading(services)
        for said in (policy_versions(services, pack.ref),)
    ]


def learning(services: Services) -> dict[str, Any]:
    """By what each decision proposes, with the digest and the card of a trained model; and what cannot be done yet."""
    found = [_learnt(each.pack, decision) for each in _loading(services) for decision in each.pack.decisions.values()]
    return {"decisions": found, "available": list(LEARNT_BY), "not_available_yet": list(NOT_THERE_YET)}


class _Loading(NamedTuple):
    ref: str
    pack: Pack


def _loading(services: Services) -> Iterator[_Loading]:
    """The packs that load; `list_packs` lists those that do not."""
    for name in services.library.names():
        try:
            yield _Loading(name, services.pack(name))
        except RemitError:
            continue


def _line(services: Services, name: str) -> dict[str, Any]:
    try:
        pack = services.pack(name)
    except RemitError:
        # Why is for whoever maintains it: `remit pack check`.
        return {"name": name, "loads": False}
    return {**_head(pack), "loads": True, "decisions": list(pack.decisions)}


def _head(pack: Pack) -> dict[str, Any]:
    said = pack.model.metadata
    return {
        "name": pack.name,
        "version": pack.version,
        "sha256": pack.sha256,
        "owner": said.owner,
        "department": said.department,
        "description": said.description,
    }


def _decision(pack: Pack, decision: Decision) -> dict[str, Any]:
    return {
        "name": decision.name,
        "question": decision.question,
        "autonomy": decision.autonomy,
        "subject": f"case.{decision.subject}",
        "policy": decision.policy.ref.to_json(),
        "actions": [
            {
                "name": action.schema.name,
                "risk": action.schema.risk,
                "reversible": action.schema.reversible,
                "has_effect": action.schema.has_effect,
                "args": record_schema(action.schema.args),
            }
            for action in decision.actions.values()
        ],
        "evidence": [
            {
                "need": need.need,
                "query": need.query,
                "min_sources": need.min_sources,
                "trusted": need.trusted,
                "max_age_days": need.max_age_days,
            }
            for need in decision.needs
        ],
        "outcome": {
            "name": decision.outcome.name,
            "values": list(decision.outcome.values),
            "horizon_days": decision.outcome.horizon_days,
        },
        "reviews": {
            "reasons": dict(decision.reviews.reasons),
            "verdict_hidden_first": decision.reviews.verdict_hidden_first,
        },
        "proposer": _learnt(pack, decision),
    }


def _learnt(pack: Pack, decision: Decision) -> dict[str, Any]:
    model = decision.model
    card = None if model is None else orjson.loads(pack.files.contents[card_name(model.file)])
    return {
        "pack": pack.name,
        "decision": decision.name,
        "strategy": decision.strategy,
        "model": None if model is None else {"sha256": model.sha256, "card": card},
    }
