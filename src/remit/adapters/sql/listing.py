"""Lists of decisions in SQL: along the index of what narrows them, from one id on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args

from sqlalchemy import Select, Table, func, select

from remit.adapters.sql.tables.decisions import DecisionRow
from remit.agents.records import ALONE, Stage, Wanted
from remit.core.system import ulid

DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
T = TypeVar("T", int, str)
_COLUMNS = ("id", "pack", "decision", "stage", "asker", "at", "review_id", "erased_at")
_NOT_ALONE = sorted({*get_args(Stage)} - ALONE)
_NARROWING = ("pack", "decision", "stage", "asker")

NAMED_MAX = 1_000
"""So many rows a statement names by their ids."""

SLACK_MS = 60_000
"""An id is made right after the moment that stands in its row; so far apart they are at most."""

_MS_MAX = 2**48 - 1


def page_query(wanted: Wanted, limit: int, *, after: str | None, before: str | None) -> Select[Any]:
    """The newest first; with `before` the oldest first, for the nearest are wanted.

    Ids sort by time of birth: a span of time is a span of ids, give or take `SLACK_MS`, and the rest is looked at row
    by row. So there is always a bound on the id, and every list is a walk along one index.
    """
    query = narrowed(select(*(DECISION.c[name] for name in _COLUMNS)).where(DECISION.c.id > ""), wanted)
    if after is not None:
        query = query.where(DECISION.c.id < after)
    if before is not None:
        query = query.where(DECISION.c.id > before)
    return query.order_by(DECISION.c.id if before is not None else DECISION.c.id.desc()).limit(limit)


def tally_query(wanted: Wanted) -> Select[Any]:
    """The rows of `remit.agents.records.Tally`."""
    asked = DECISION.c.review_id.is_not(None)
    of = (func.substr(DECISION.c.at, 1, 10), DECISION.c.pack, DECISION.c.decision, DECISION.c.stage, asked)
    return narrowed(select(*of, func.count()), wanted).group_by(*of).order_by(*of)


def narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """A query of decisions, for those that are wanted."""
    for name in _NARROWING:
        if (value := getattr(wanted, name)) is not None:
            query = query.where(DECISION.c[name] == value)
    if wanted.since is not None:
        query = query.where(DECISION.c.id >= _first_id(wanted.since, -SLACK_MS), DECISION.c.at >= _text(wanted.since))
    if wanted.until is not None:
        query = query.where(DECISION.c.id <= _first_id(wanted.until, SLACK_MS), DECISION.c.at < _text(wanted.until))
    if wanted.alone:
        # By what they are not: with IN, SQLite would gather them by their stage and sort, and not walk along the ids.
        query = query.where(DECISION.c.review_id.is_(None), DECISION.c.stage.not_in(_NOT_ALONE))
    return query


def parts_of(ids: Sequence[T]) -> Iterator[list[T]]:
    """Ids in parts that a statement may name: no database takes any number of parameters."""
    for at in range(0, len(ids), NAMED_MAX):
        yield list(ids[at : at + NAMED_MAX])


def _first_id(moment: datetime, shift_ms: int) -> str:
    """The smallest ULID of a moment, shifted."""
    return ulid(min(max(int(moment.timestamp() * 1000) + shift_ms, 0), _MS_MAX), bytes(10))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
