"""How much of everything there is, by the tables: what waits, what is in doubt, what is owed, how far the ledger is.

Each look is an indexed count or one row. What another table has to tell is one more function in `LOOKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, func, select

from remit.adapters.sql.reviews import sortable
from remit.adapters.sql.tables.decisions import DecisionRow, EffectRow, ObligationRow, ReviewRow
from remit.adapters.sql.tables.ledger import EventRow, LedgerHeadRow
from remit.adapters.sql.tables.models import ModelRow
from remit.adapters.sql.tables.watches import DriftAlarmRow, WatchRow
from remit.adapters.sql.tables.webhooks import WebhookDeliveryRow, WebhookEndpointRow
from remit.adapters.sql.tables.worker import WorkerRow
from remit.approvals.review import UNDECIDED
from remit.core.telemetry import Gauge

Look = Callable[[Connection, datetime], Iterator[Gauge]]

_DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
_REVIEW: Table = ReviewRow.__table__  # type: ignore[attr-defined]
_EFFECT: Table = EffectRow.__table__  # type: ignore[attr-defined]
_OBLIGATION: Table = ObligationRow.__table__  # type: ignore[attr-defined]
_ENDPOINT: Table = WebhookEndpointRow.__table__  # type: ignore[attr-defined]
_DELIVERY: Table = WebhookDeliveryRow.__table__  # type: ignore[attr-defined]
_EVENT: Table = EventRow.__table__  # type: ignore[attr-defined]
_HEAD: Table = LedgerHeadRow.__table__  # type: ignore[attr-defined]
_MODEL: Table = ModelRow.__table__  # type: ignore[attr-defined]
_WATCH: Table = WatchRow.__table__  # type: ignore[attr-defined]
_ALARM: Table = DriftAlarmRow.__table__  # type: ignore[attr-defined]
_WORKER: Table = WorkerRow.__table__  # type: ignore[attr-defined]


def gauges(connection: Connection, now: datetime, checkpoint_at: datetime | None) -> list[Gauge]:
    """Everything, at one moment.

    Args:
        checkpoint_at: when the checkpoint outside was last written; None when it never was.
    """
    found = [gauge for look in LOOKS for gauge in look(connection, now)]
    return [*found, *_ledger(connection, now, checkpoint_at)]


def _waiting(connection: Connection, now: datetime) -> Iterator[Gauge]:
    query = select(func.count(), func.min(_DECISION.c.at))
    for stage in ("received", "committed"):
        count, oldest = connection.execute(query.where(_DECISION.c.stage == stage)).one()
        yield Gauge("remit_queue_depth", "Decisions that are under way or wait for it.", count, {"stage": stage})
        yield Gauge(
            "remit_queue_oldest_seconds",
            "How long ago the oldest of them was asked for.",
            _age(oldest, now),
            {"stage": stage},
        )


def reviews(connection: Connection, now: datetime) -> Iterator[Gauge]:
    """How many reviews wait, since when, and how many of them for too long."""
    query = select(func.count(), func.min(_REVIEW.c.opened_at))
    oldest: str | None = None
    for state in UNDECIDED:
        count, first = connection.execute(query.where(_REVIEW.c.state == state)).one()
        oldest = min(filter(None, (oldest, first)), default=None)
        yield Gauge("remit_reviews_open", "Reviews that wait for a person.", count, {"state": state})
    yield Gauge("remit_reviews_oldest_seconds", "How long the oldest of them has waited.", _age(oldest, now))
    _, overdue = queue_length(connection, now)
    yield Gauge("remit_reviews_overdue", "Reviews whose time is over.", overdue)


def queue_length(connection: Connection, now: datetime) -> tuple[int, int]:
    """How many reviews wait, and how many of them for too long: two counts in the index of the queue, and no row."""
    waiting = select(func.count()).where(_REVIEW.c.state.in_(UNDECIDED))
    overdue = waiting.where(_REVIEW.c.queue_at < sortable(now))
    return connection.execute(waiting).scalar_one(), connection.execute(overdue).scalar_one()


def _effects(connection: Connection, _now: datetime) -> Iterator[Gauge]:
    doubt = select(func.count()).where(_EFFECT.c.state == "in_doubt")
    yield Gauge("remit_effects_in_doubt", "Effects of which nobody knows.", connection.execute(doubt).scalar_one())


def _obligations(connection: Connection, _now: datetime) -> Iterator[Gauge]:
    owed = select(func.count()).where(_OBLIGATION.c.state == "pending")
    yield Gauge("remit_obligations_owed", "Obligations not yet fulfilled.", connection.execute(owed).scalar_one())


def _webhooks(connection: Connection, now: datetime) -> Iterator[Gauge]:
    """What is pending for a disabled endpoint is held until it is enabled again, and nobody is late with it."""
    of = select(func.count(), func.min(_DELIVERY.c.made_at)).join(_ENDPOINT, _ENDPOINT.c.id == _DELIVERY.c.endpoint_id)
    pending, enabled = _DELIVERY.c.state == "pending", _ENDPOINT.c.state == "enabled"
    where = {"pending": pending & enabled, "held": pending & ~enabled, "dead": _DELIVERY.c.state == "dead"}
    counts = {state: connection.execute(of.where(each)).one() for state, each in where.items()}
    for state, (count, _) in counts.items():
        yield Gauge("remit_webhook_deliveries", "Messages that have not arrived.", count, {"state": state})
    oldest = _age(counts["pending"][1], now)
    yield Gauge("remit_webhook_oldest_seconds", "How long ago the oldest that is pending was made.", oldest)


def _workers(connection: Connection, _now: datetime) -> Iterator[Gauge]:
    at_work = select(func.count()).select_from(_WORKER)
    yield Gauge("remit_workers", "Workers on the roster.", connection.execute(at_work).scalar_one())


def _learning(connection: Connection, now: datetime) -> Iterator[Gauge]:
    raised = select(func.count()).where(_ALARM.c.acknowledged_at.is_(None))
    count = connection.execute(raised).scalar_one()
    yield Gauge("remit_drift_alarms", "Series that shifted, which nobody has acknowledged.", count)
    for row in connection.execute(select(_WATCH.c.pack, _WATCH.c.decision, _WATCH.c.labels, _WATCH.c.self_caused)):
        share = row.self_caused / row.labels if row.labels else 0.0
        of = {"pack": row.pack, "decision": row.decision}
        yield Gauge("remit_labels_self_caused_share", "The share of outcomes that the model itself caused.", share, of)
    oldest = select(func.min(_MODEL.c.registered_at)).where(_MODEL.c.state == "champion")
    age = _age(connection.execute(oldest).scalar(), now)
    yield Gauge("remit_model_age_seconds", "How long ago the oldest champion was registered; 0 without one.", age)


def _ledger(connection: Connection, now: datetime, checkpoint_at: datetime | None) -> Iterator[Gauge]:
    size = connection.execute(select(_HEAD.c.size)).scalar() or 0
    yield Gauge("remit_ledger_events", "Events in the ledger.", size)
    newest = connection.execute(select(_EVENT.c.ts).order_by(_EVENT.c.seq.desc()).limit(1)).scalar()
    if checkpoint_at is not None:
        age = max(0.0, (now - checkpoint_at).total_seconds())
        yield Gauge("remit_ledger_checkpoint_age_seconds", "Since the checkpoint outside was written.", age)
        lag = max(0.0, (datetime.fromisoformat(newest) - checkpoint_at).total_seconds()) if newest else 0.0
        yield Gauge("remit_ledger_checkpoint_lag_seconds", "By how much the newest event is younger.", lag)


def _age(moment: str | None, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(moment)).total_seconds()) if moment else 0.0


LOOKS: Sequence[Look] = (_waiting, reviews, _effects, _obligations, _webhooks, _workers, _learning)
