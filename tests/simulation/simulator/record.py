"""The system of record, and the connectors that act on it: they refuse, time out, act late, and are told twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from remit.agents.ports import ConnectorAnswer
from remit.agents.records import Obligation, PlannedEffect
from simulator.process import Process


class Entry(NamedTuple):
    """One thing that was done in the world."""

    key: str
    decision_id: str
    action: str
    amount_cents: int


class SystemOfRecord:
    """What was done, in order. `order` is done once per key, as idempotent systems do it; all else as often as told."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._coming: list[Entry] = []
        self.notices: list[str] = []

    def act(self, effect: PlannedEffect) -> None:
        """Do it."""
        entry = _entry(effect)
        if effect.connector != "order" or entry not in self.entries:
            self.entries.append(entry)

    def act_later(self, effect: PlannedEffect) -> None:
        """Take it in, and do it when `arrive` says so."""
        self._coming.append(_entry(effect))

    def arrive(self) -> None:
        """What was on its way is done."""
        self.entries += [entry for entry in dict.fromkeys(self._coming) if entry not in self.entries]
        self._coming.clear()

    def knows(self, effect: PlannedEffect) -> bool:
        return any(entry.key == effect.key for entry in self.entries)

    def is_coming(self, effect: PlannedEffect) -> bool:
        return any(entry.key == effect.key for entry in self._coming)


@dataclass(frozen=True)
class UnsteadyConnectors:
    """`remit.agents.ports.Connectors`: `pay` can be asked, `wire` cannot, `order` can and is idempotent.

    `pay` and `wire` can be undone, by connectors that are like themselves.
    """

    record: SystemOfRecord
    process: Process

    def call(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer:
        process = self.process
        process.point("before a connector acts")
        if process.happens("refuses"):
            process.tell("the connector refused")
            return ConnectorAnswer("failed", error="the account is closed")
        if process.happens("times_out_before"):
            process.tell("the connector did not answer and did not act")
            return ConnectorAnswer("in_doubt", error="nobody answers")
        if effect.connector == "order" and process.happens("acts_later"):
            process.tell("the connector did not answer and acts later")
            self.record.act_later(effect)
            return ConnectorAnswer("in_doubt", error="no answer in time")
        for _ in range(2 if effect.connector == "order" and process.chance.random() < 0.2 else 1):
            self.record.act(effect)
        process.tell(f"the connector acted: {effect.connector} for {effect.decision_id}")
        process.point("after a connector acted")
        if process.happens("times_out_after"):
            process.tell("the connector did not answer and has acted")
            return ConnectorAnswer("in_doubt", error="no answer in time")
        return ConnectorAnswer("confirmed", result={"booked": cents_of(effect)})

    def lookup(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer | None:
        self.process.point("before a lookup")
        if effect.connector in ("wire", "wire_back") or self.record.is_coming(effect) or self.process.happens("blind"):
            return None
        if self.record.knows(effect):
            return ConnectorAnswer("confirmed", result={"booked": cents_of(effect)})
        return ConnectorAnswer("failed", error="not carried out")

    def repeatable(self, effect: PlannedEffect) -> bool:
        return effect.connector == "order"

    def compensation(self, effect: PlannedEffect) -> str | None:
        return {"pay": "pay_back", "wire": "wire_back"}.get(effect.connector)

    def oblige(self, obligation: Obligation, action: Mapping[str, Any], case: Mapping[str, Any]) -> ConnectorAnswer:
        process = self.process
        process.point("before an obligation is carried out")
        if process.happens("times_out_before"):
            return ConnectorAnswer("in_doubt", error="nobody answers")
        self.record.notices.append(obligation.decision_id)
        process.tell(f"{obligation.to} was told of {obligation.decision_id}")
        process.point("after an obligation was carried out")
        if process.happens("times_out_after"):
            return ConnectorAnswer("in_doubt", error="no answer in time")
        return ConnectorAnswer("confirmed", result={"told": obligation.to})

    def load(self) -> None:
        """There is nothing to load."""


def cents_of(effect: PlannedEffect) -> int:
    """What an effect books; what undoes another one books as much back."""
    cents: int = -effect.args["args"]["amount_cents"] if "undoes" in effect.args else effect.args["amount_cents"]
    return cents


def _entry(effect: PlannedEffect) -> Entry:
    return Entry(effect.key, effect.decision_id, effect.action, cents_of(effect))
