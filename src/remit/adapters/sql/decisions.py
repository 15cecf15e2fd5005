"""Decisions in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.tables.decisions import DecisionRow, PayloadRow, ReviewRow
from remit.adapters.sql.tables.ledger import EventRow
from remit.agents.records import Judgement, Run, Stage, StoredDecision, Versions
from remit.core.errors import Conflict, Corrupted, NotFound
from remit.core.words import Actor

DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
PAYLOAD: Table = PayloadRow.__table__  # type: ignore[attr-defined]
REVIEW: Table = ReviewRow.__table__  # type: ignore[attr-defined]
EVENT: Table = EventRow.__table__  # type: ignore[attr-defined]
_ONE = (
    select(DECISION, PAYLOAD.c.salt, PAYLOAD.c.body, EVENT.c.seq, EVENT.c.leaf_sha256)
    .join(PAYLOAD, PAYLOAD.c.decision_id == DECISION.c.id)
    .outerjoin(EVENT, EVENT.c.event_id == DECISION.c.receipt_event)
    .where(DECISION.c.id == bindparam("decision_id"))
)
# Built once: building a statement anew costs more than running it. What is set is named by the parameters.
_INSERT_DECISION = insert(DECISION)
_INSERT_PAYLOAD = insert(PAYLOAD)
_FIND = select(DECISION.c.id).where(DECISION.c.request_key == bindparam("wanted"))
_SETTLED = (
    select(DECISION.c.id)
    .join(REVIEW, REVIEW.c.id == DECISION.c.review_id)
    .where(DECISION.c.stage == "awaiting_review", REVIEW.c.state.not_in(["open", "claimed"]))
    .order_by(DECISION.c.id)
)
_JUDGE = update(DECISION).where(DECISION.c.id == bindparam("of"))
_MOVE = _JUDGE.where(DECISION.c.stage.in_(bindparam("before", expanding=True)))


class SqlDecisions:
    """`remit.agents.ports.Decisions` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def receive(self, run: Run, versions: Versions) -> None:
        try:
            self._connection.execute(
                _INSERT_DECISION,
                {
                    "id": run.decision_id,
                    "request_key": run.request_key,
                    "decision": run.decision,
                    "pack": versions.pack,
                    "stage": "received",
                    "subject": run.subject,
                    "actor": to_text(run.actor.to_json()),
                    "at": run.at.isoformat(),
                    "case_quality": run.case_quality,
                    "violations": to_text(list(run.violations)),
                    "versions": to_text(versions.to_json()),
                },
            )
        except IntegrityError as error:
            raise Conflict(
                f"a decision for the request key {run.request_key!r} exists already",
                mend="ask for that decision instead of a new one",
            ) from error
        self._connection.execute(
            _INSERT_PAYLOAD, {"decision_id": run.decision_id, "salt": run.salt, "body": to_text(run.case)}
        )

    def get(self, decision_id: str) -> StoredDecision:
        row = self._connection.execute(_ONE, {"decision_id": decision_id}).one_or_none()
        if row is None:
            raise NotFound(f"there is no decision {decision_id}", mend="see `remit batch` or `remit decide` output")
        return _stored(row)

    def find(self, request_key: str) -> StoredDecision | None:
        found = self._connection.execute(_FIND, {"wanted": request_key}).scalar_one_or_none()
        return None if found is None else self.get(found)

    def ids(self, stages: Sequence[Stage] | None = None) -> list[str]:
        query = select(DECISION.c.id).order_by(DECISION.c.id)
        if stages is not None:
            query = query.where(DECISION.c.stage.in_(list(stages)))
        return list(self._connection.execute(query).scalars())

    def settled(self) -> list[str]:
        return list(self._connection.execute(_SETTLED).scalars())

    def judge(self, decision_id: str, judgement: Judgement, action_digest: str | None) -> None:
        self._connection.execute(
            _JUDGE,
            {
                "of": decision_id,
                "judgement": to_text(judgement.to_json()),
                "judgement_sha256": judgement.sha256,
                "action_digest": action_digest,
                "versions": to_text(judgement.versions),
            },
        )

    def move(self, decision_id: str, before: Sequence[Stage], after: Stage, **facts: Any) -> None:
        values = {name: to_text(value) if isinstance(value, dict) else value for name, value in facts.items()}
        moved = self._connection.execute(_MOVE, {"of": decision_id, "before": list(before), "stage": after, **values})
        if moved.rowcount != 1:
            raise Conflict(f"decision {decision_id} has moved on", mend="look at it again: `remit explain`")


def _stored(row: Row[Any]) -> StoredDecision:
    try:
        return _read(row)
    except (KeyError, TypeError, ValueError) as error:
        raise Corrupted(f"decision {row.id} is not what was written: {error!r}", mend="restore a backup") from error


def _read(row: Row[Any]) -> StoredDecision:
    actor = from_text(row.actor)
    judgement = from_text(row.judgement)
    return StoredDecision(
        run=Run(
            decision_id=row.id,
            decision=row.decision,
            case=from_text(row.body),
            case_quality=row.case_quality,
            violations=tuple(from_text(row.violations)),
            subject=row.subject,
            actor=Actor(actor["id"], actor["kind"], tuple(actor["roles"])),
            at=datetime.fromisoformat(row.at),
            salt=row.salt,
            request_key=row.request_key,
        ),
        versions=Versions(**from_text(row.versions)),
        stage=row.stage,
        judgement=None if judgement is None else Judgement(**judgement),
        judgement_sha256=row.judgement_sha256,
        action_digest=row.action_digest,
        review_id=row.review_id,
        effect_result=from_text(row.effect_result),
        note=row.note,
        receipt=None if row.seq is None else {"seq": row.seq, "leaf_sha256": row.leaf_sha256},
        timings_ms=from_text(row.timings_ms) or {},
    )
