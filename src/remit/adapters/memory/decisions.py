"""Decisions in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from remit.adapters.memory.tables import Tables, copied
from remit.agents.records import ALONE, Judgement, Listed, Run, Stage, StoredDecision, Tally, Versions, Wanted
from remit.core.errors import Conflict, NotFound
from remit.ledger.chain import Link


class MemoryDecisions:
    """`remit.agents.ports.Decisions` over the tables of one unit of work, and the links that it adds to the ledger."""

    def __init__(self, tables: Tables, links: Sequence[Link] = ()) -> None:
        self._tables = tables
        self._links = links

    def receive(self, run: Run, versions: Versions) -> None:
        copied([run.request_key, run.subject, run.actor.to_json()])  # what cannot be stored is refused
        if run.decision_id in self._tables.decisions or run.request_key in self._tables.requests:
            raise Conflict(
                f"a decision for the request key {run.request_key!r} exists already",
                mend="ask for that decision instead of a new one",
            )
        self._tables.decisions[run.decision_id] = StoredDecision(
            run=_apart(run),
            versions=versions,
            stage="received",
            judgement=None,
            judgement_sha256=None,
            action_digest=None,
            review_id=None,
            effect_result=None,
            note=None,
            receipt=None,
        )
        if run.request_key is not None:
            self._tables.requests[run.request_key] = run.decision_id

    def get(self, decision_id: str) -> StoredDecision:
        stored = self._tables.decisions.get(decision_id)
        if stored is None:
            raise NotFound(f"there is no decision {decision_id}", mend="see `remit batch` or `remit decide` output")
        return replace(
            stored,
            run=_apart(stored.run),
            judgement=None if stored.judgement is None else Judgement(**copied(stored.judgement.to_json())),
            effect_result=copied(stored.effect_result),
            receipt=copied(stored.receipt),
            timings_ms=copied(stored.timings_ms),
        )

    def get_all(self, decision_ids: Sequence[str]) -> dict[str, StoredDecision]:
        return {each: self.get(each) for each in decision_ids if each in self._tables.decisions}

    def find(self, request_key: str) -> StoredDecision | None:
        found = self._tables.requests.get(request_key)
        return None if found is None else self.get(found)

    def ids(self, stages: Sequence[Stage] | None = None) -> list[str]:
        rows = self._tables.decisions.items()
        return sorted(decision_id for decision_id, stored in rows if stages is None or stored.stage in stages)

    def page(self, wanted: Wanted, limit: int, *, after: str | None = None, before: str | None = None) -> list[Listed]:
        rows = sorted(self._tables.decisions.items(), reverse=before is None)
        found = [
            _listed(stored)
            for decision_id, stored in rows
            if (after is None or decision_id < after)
            and (before is None or decision_id > before)
            and _is_wanted(wanted, stored)
        ][:limit]
        return found if before is None else found[::-1]

    def tally(self, wanted: Wanted) -> list[Tally]:
        found = Counter(
            (stored.run.at.isoformat()[:10], each.pack, each.decision, each.stage, each.review_id is not None)
            for stored in self._tables.decisions.values()
            if _is_wanted(wanted, stored)
            for each in (_listed(stored),)
        )
        return [Tally(*of, count) for of, count in sorted(found.items())]

    def judged(self, wanted: Wanted, limit: int, *, above: str = "") -> list[StoredDecision]:
        found = [
            decision_id
            for decision_id, stored in sorted(self._tables.decisions.items())
            if decision_id > above and _is_wanted(wanted, stored) and stored.judgement and stored.erased_at is None
        ]
        return [self.get(decision_id) for decision_id in found[:limit]]

    def erased(self, among: Sequence[str]) -> set[str]:
        rows = self._tables.decisions
        return {each for each in among if each not in rows or rows[each].erased_at is not None}

    def of_subject(self, subject: str, limit: int) -> list[str]:
        rows = self._tables.decisions.items()
        found = [name for name, stored in rows if stored.run.subject == subject and stored.erased_at is None]
        return sorted(found, reverse=True)[:limit]

    def settled(self) -> list[str]:
        waiting = [stored for stored in self._tables.decisions.values() if stored.stage == "awaiting_review"]
        return sorted(
            stored.run.decision_id
            for stored in waiting
            if stored.review_id is not None and self._tables.reviews[stored.review_id].settled
        )

    def judge(self, decision_id: str, judgement: Judgement, action_digest: str | None) -> None:
        stored = self._tables.decisions[decision_id]
        self._tables.decisions[decision_id] = replace(
            stored,
            judgement=Judgement(**copied(judgement.to_json())),
            judgement_sha256=judgement.sha256,
            action_digest=action_digest,
            versions=Versions(**copied(judgement.versions)),
        )

    def move(self, decision_id: str, before: Sequence[Stage], after: Stage, **facts: Any) -> None:
        stored = self._tables.decisions.get(decision_id)
        if stored is None or stored.stage not in before:
            raise Conflict(f"decision {decision_id} has moved on", mend="look at it again: `remit explain`")
        event_id = facts.pop("receipt_event", None)
        if event_id is not None:
            receipts = (link.receipt.to_json() for link in self._links if link.event.event_id == event_id)
            facts["receipt"] = next(receipts, None)
        self._tables.decisions[decision_id] = replace(stored, stage=after, **copied(facts))


def _apart(run: Run) -> Run:
    """The same run, which shares nothing with the caller's that could be changed."""
    return replace(run, case=copied(run.case), violations=tuple(copied(list(run.violations))))


def _is_wanted(wanted: Wanted, stored: StoredDecision) -> bool:
    listed, at = _listed(stored), stored.run.at
    return (
        all(getattr(wanted, name) in (None, getattr(listed, name)) for name in ("pack", "decision", "stage", "asker"))
        and (wanted.since is None or at >= wanted.since)
        and (wanted.until is None or at < wanted.until)
        and (not wanted.alone or (listed.review_id is None and listed.stage in ALONE))
    )


def _listed(stored: StoredDecision) -> Listed:
    run = stored.run
    return Listed(
        decision_id=run.decision_id,
        pack=stored.versions.pack,
        decision=run.decision,
        stage=stored.stage,
        asker=run.actor.id,
        at=run.at.isoformat(),
        review_id=stored.review_id,
        erased_at=stored.erased_at,
    )
