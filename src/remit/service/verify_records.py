"""Hold the decisions' rows against what the ledger says of them: a sound log of other tables proves little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from remit.agents.records import FINAL, StoredDecision
from remit.core.errors import RemitError
from remit.ledger.ports import LedgerLog
from remit.service.services import Services


@dataclass(frozen=True, slots=True)
class Differing:
    """A decision whose row is not what the ledger recorded. `what`: input, judgement, stage, erased or row."""

    decision_id: str
    what: str


def verify_records(services: Services, log: LedgerLog[Any]) -> tuple[int, list[Differing]]:
    """How many decisions were looked at, and those whose case, judgement or end is not the recorded one.

    Run it on a log that is sound: it believes the events.
    """
    recorded = _recorded(log)
    with services.store.read() as unit:
        ids = unit.decisions.ids()
    differing = [Differing(missing, "row") for missing in sorted(recorded.keys() - set(ids))]
    for decision_id in ids:
        differing += _differing(services, decision_id, recorded.get(decision_id, {}))
    return len(ids), differing


def _recorded(log: LedgerLog[Any]) -> dict[str, dict[str, str]]:
    """By decision: the newest digests of input and judgement, how it ended, and whether its case was erased."""
    found: dict[str, dict[str, str]] = {}
    with log.snapshot() as snapshot:
        for entry in snapshot.entries:
            noun, _, verb = str(entry.columns["type"]).partition(".")
            decision_id = entry.columns["decision_id"]
            if noun != "decision" or decision_id is None:
                continue
            facts = found.setdefault(decision_id, {})
            if verb == "received":
                facts["input"] = orjson.loads(entry.body)["body"]["input_commit"]
            elif verb == "judged":
                facts["judgement"] = orjson.loads(entry.body)["body"]["judgement_sha256"]
            elif verb in FINAL:
                facts["stage"] = verb
            elif verb == "erased":
                facts["erased"] = "erased"
    return found


def _differing(services: Services, decision_id: str, recorded: dict[str, str]) -> Iterator[Differing]:
    try:
        with services.store.read() as unit:
            stored = unit.decisions.get(decision_id)
        present = _present(stored)
    except RemitError:
        yield Differing(decision_id, "row")
        return
    erased = present.get("erased") is not None and recorded.get("erased") is not None
    for what in ("stage", "erased") if erased else ("input", "judgement", "stage", "erased"):
        if present.get(what) != recorded.get(what):
            yield Differing(decision_id, what)


def _present(stored: StoredDecision) -> dict[str, str]:
    facts = {"input": stored.run.input_commit}
    if stored.erased_at is not None:
        facts["erased"] = "erased"
    if stored.judgement is not None:
        facts["judgement"] = stored.judgement.sha256
    if stored.stage in FINAL:
        facts["stage"] = stored.stage
    return facts
