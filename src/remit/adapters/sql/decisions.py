"""Decisions in SQL. What is known of the person that a case is about is sealed; see `remit.adapters.sql.vault`."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, Update, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.listing import narrowed, page_query, parts_of, tally_query
from remit.adapters.sql.tables.decisions import DecisionRow, PayloadRow, ReviewRow
from remit.adapters.sql.tables.ledger import EventRow
from remit.adapters.sql.vault import SUBJECT, Sealer
from remit.agents.records import Judgement, Listed, Run, Stage, StoredDecision, Tally, Versions, Wanted
from remit.core.errors import Conflict, Corrupted, NotFound
from remit.core.words import Actor

DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
PAYLOAD: Table = PayloadRow.__table__  # type: ignore[attr-defined]
REVIEW: Table = ReviewRow.__table__  # type: ignore[attr-defined]
EVENT: Table = EventRow.__table__  # type: ignore[attr-defined]
SEALED = frozenset({"judgement", "effect_result", "note"})
"""The columns of a decision that are sealed."""

_FULL = (
    select(DECISION, PAYLOAD.c.body, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by, EVENT.c.seq, EVENT.c.leaf_sha256)
    .outerjoin(PAYLOAD, PAYLOAD.c.decision_id == DECISION.c.id)
    .outerjoin(SUBJECT, SUBJECT.c.ref == DECISION.c.subject)
    .outerjoin(EVENT, EVENT.c.event_id == DECISION.c.receipt_event)
)
_ONE = _FULL.where(DECISION.c.id == bindparam("decision_id"))
_MANY = _FULL.where(DECISION.c.id.in_(bindparam("these", expanding=True)))
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


@functools.cache
def _move_from(*before: Stage) -> Update:
    """One for each set of stages: an IN of changing length is written anew at every execution."""
    return _JUDGE.where(or_(*(DECISION.c.stage == each for each in before)))


class SqlDecisions:
    """`remit.agents.ports.Decisions` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection = connection
        self._sealer = sealer

    def receive(self, run: Run, versions: Versions) -> None:
        # A case that names nobody is about nobody else: it has a key of its own.
        ref = self._sealer.begin(run.decision_id, run.subject or f"decision:{run.decision_id}")
        try:
            self._connection.execute(
                _INSERT_DECISION,
                {
                    "id": run.decision_id,
                    "request_key": self._request_ref(run.request_key),
                    "decision": run.decision,
                    "pack": versions.pack,
                    "stage": "received",
                    "subject": ref,
                    "actor": to_text(run.actor.to_json()),
                    "asker": run.actor.id,
                    "at": run.at.isoformat(),
                    "case_quality": run.case_quality,
                    "violations": "[]",
                    "versions": to_text(versions.to_json()),
                    "retention_class": run.retention_class,
                    "keep_until": run.keep_until and run.keep_until.astimezone(UTC).isoformat(),
                },
            )
        except IntegrityError as error:
            raise Conflict(
                f"a decision for the request key {run.request_key!r} exists already",
                mend="ask for that decision instead of a new one",
            ) from error
        body = payload_text(run.case, run.salt, run.subject, run.request_key, list(run.violations))
        sealed = self._sealer.close(run.decision_id, f"payload.body:{run.decision_id}", body)
        self._connection.execute(_INSERT_PAYLOAD, {"decision_id": run.decision_id, "salt": "", "body": sealed})

    def get(self, decision_id: str) -> StoredDecision:
        row = self._connection.execute(_ONE, {"decision_id": decision_id}).one_or_none()
        if row is None:
            raise NotFound(f"there is no decision {decision_id}", mend="see `remit batch` or `remit decide` output")
        return _stored(row, self._sealer)

    def get_all(self, decision_ids: Sequence[str]) -> dict[str, StoredDecision]:
        parts = [self._connection.execute(_MANY, {"these": part}) for part in parts_of(decision_ids)]
        return {row.id: _stored(row, self._sealer) for rows in parts for row in rows}

    def find(self, request_key: str) -> StoredDecision | None:
        wanted = self._sealer.request_ref(request_key)
        found = self._connection.execute(_FIND, {"wanted": wanted}).scalar_one_or_none()
        return None if found is None else self.get(found)

    def ids(self, stages: Sequence[Stage] | None = None) -> list[str]:
        query = select(DECISION.c.id).order_by(DECISION.c.id)
        if stages is not None:
            query = query.where(DECISION.c.stage.in_(list(stages)))
        return list(self._connection.execute(query).scalars())

    def page(self, wanted: Wanted, limit: int, *, after: str | None = None, before: str | None = None) -> list[Listed]:
        rows = self._connection.execute(page_query(wanted, limit, after=after, before=before))
        found = [Listed(*row) for row in rows]
        return found if before is None else found[::-1]

    def tally(self, wanted: Wanted) -> list[Tally]:
        return [Tally(*row) for row in self._connection.execute(tally_query(wanted))]

    def judged(self, wanted: Wanted, limit: int, *, above: str = "") -> list[StoredDecision]:
        query = _FULL.where(DECISION.c.id > above, DECISION.c.judgement.is_not(None), DECISION.c.erased_at.is_(None))
        rows = self._connection.execute(narrowed(query, wanted).order_by(DECISION.c.id).limit(limit))
        return [_stored(row, self._sealer) for row in rows]

    def erased(self, among: Sequence[str]) -> set[str]:
        query = select(DECISION.c.id).where(DECISION.c.id.in_(list(among)), DECISION.c.erased_at.is_(None))
        return set(among) - set(self._connection.execute(query).scalars())

    def of_subject(self, subject: str, limit: int) -> list[str]:
        query = select(DECISION.c.id).where(DECISION.c.subject == self._sealer.subject_ref(subject))
        return list(self._connection.execute(query.order_by(DECISION.c.id.desc()).limit(limit)).scalars())

    def settled(self) -> list[str]:
        return list(self._connection.execute(_SETTLED).scalars())

    def judge(self, decision_id: str, judgement: Judgement, action_digest: str | None) -> None:
        self._connection.execute(
            _JUDGE,
            {
                "of": decision_id,
                "judgement": self._sealed(decision_id, "judgement", to_text(judgement.to_json())),
                "judgement_sha256": judgement.sha256,
                "action_digest": action_digest,
                "versions": to_text(judgement.versions),
            },
        )

    def move(self, decision_id: str, before: Sequence[Stage], after: Stage, **facts: Any) -> None:
        values = {name: to_text(value) if isinstance(value, dict) else value for name, value in facts.items()}
        for name in SEALED & values.keys():
            if values[name] is not None:
                values[name] = self._sealed(decision_id, name, values[name])
        moved = self._connection.execute(_move_from(*before), {"of": decision_id, "stage": after, **values})
        if moved.rowcount != 1:
            raise Conflict(f"decision {decision_id} has moved on", mend="look at it again: `remit explain`")

    def _sealed(self, decision_id: str, column: str, text: str) -> str:
        return self._sealer.close(decision_id, f"decision.{column}:{decision_id}", text)

    def _request_ref(self, key: str | None) -> str | None:
        return None if key is None else self._sealer.request_ref(key)


def payload_text(
    case: dict[str, Any], salt: str, subject: str, request_key: str | None, violations: list[dict[str, Any]]
) -> str:
    """Everything of a case that is sealed as one text."""
    return to_text(
        {"case": case, "salt": salt, "subject": subject, "request_key": request_key, "violations": violations}
    )


def _stored(row: Row[Any], sealer: Sealer) -> StoredDecision:
    try:
        return _erased(row) if row.erased_at else _read(row, sealer)
    except (KeyError, TypeError, ValueError) as error:
        raise Corrupted(f"decision {row.id} is not what was written: {error!r}", mend="restore a backup") from error


def _read(row: Row[Any], sealer: Sealer) -> StoredDecision:
    if row.wrapped is None or row.body is None:
        raise Corrupted(f"the case of decision {row.id} is gone, and nobody has erased it", mend="restore a backup")
    seal = sealer.unwrapped(row.wrapped_by, row.wrapped, row.subject)
    payload = from_text(seal.open(row.body, f"payload.body:{row.id}"))
    opened = {
        name: None if (text := getattr(row, name)) is None else seal.open(text, f"decision.{name}:{row.id}")
        for name in SEALED
    }
    judgement = from_text(opened["judgement"])
    return StoredDecision(
        run=Run(
            decision_id=row.id,
            decision=row.decision,
            case=payload["case"],
            case_quality=row.case_quality,
            violations=tuple(payload["violations"]),
            subject=payload["subject"],
            actor=Actor.from_json(from_text(row.actor)),
            at=datetime.fromisoformat(row.at),
            salt=payload["salt"],
            request_key=payload["request_key"],
            retention_class=row.retention_class,
            keep_until=None if row.keep_until is None else datetime.fromisoformat(row.keep_until),
        ),
        versions=Versions(**from_text(row.versions)),
        stage=row.stage,
        judgement=None if judgement is None else Judgement(**judgement),
        judgement_sha256=row.judgement_sha256,
        action_digest=row.action_digest,
        review_id=row.review_id,
        effect_result=from_text(opened["effect_result"]),
        note=opened["note"],
        receipt=_receipt(row),
        timings_ms=from_text(row.timings_ms) or {},
    )


def _erased(row: Row[Any]) -> StoredDecision:
    """What is left of a decision whose case was erased: that it was made, and how it ended."""
    return StoredDecision(
        run=Run(
            decision_id=row.id,
            decision=row.decision,
            case={},
            case_quality=row.case_quality,
            violations=(),
            subject="",
            actor=Actor.from_json(from_text(row.actor)),
            at=datetime.fromisoformat(row.at),
            salt="",
            retention_class=row.retention_class,
        ),
        versions=Versions(**from_text(row.versions)),
        stage=row.stage,
        judgement=None,
        judgement_sha256=row.judgement_sha256,
        action_digest=row.action_digest,
        review_id=row.review_id,
        effect_result=None,
        note=None,
        receipt=_receipt(row),
        timings_ms=from_text(row.timings_ms) or {},
        erased_at=row.erased_at,
    )


def _receipt(row: Row[Any]) -> dict[str, Any] | None:
    return None if row.seq is None else {"seq": row.seq, "leaf_sha256": row.leaf_sha256}
