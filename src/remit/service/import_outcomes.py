"""Record outcomes from a file: each row by itself, so that one that cannot be keeps no other back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from remit.core.errors import AnswerIsNo, InputError
from remit.core.words import Actor
from remit.service.record_outcome import Report, record_outcome
from remit.service.services import Services
from remit.service.tables import data_of, plain_rows

COLUMNS = ("decision_id", "outcome", "value", "event_at")
OPTIONAL = ("outcome_id", "corrects")


@dataclass
class Imported:
    """What came of the rows: how many were recorded, corrected something, were known already, or were refused."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return {
            **{word: self.counts[word] for word in ("recorded", "corrected", "known", "refused")},
            "rows": self.refused,
        }


def import_outcomes(services: Services, source: Path, reporter: Actor) -> Imported:
    """Record the outcomes of a CSV, JSONL or Parquet file. Done again, it goes on where it was.

    Raises:
        InputError: the file cannot be read as a table.
    """
    done = Imported()
    for number, row in enumerate(plain_rows(data_of(source), source), start=1):
        try:
            outcome, new = record_outcome(services, _text(row, "decision_id"), _report(row), reporter)
            done.counts["known" if not new else "recorded" if outcome.corrects is None else "corrected"] += 1
        except (InputError, AnswerIsNo) as error:
            done.counts["refused"] += 1
            done.refused.append({"row": number, "code": error.code, "why": error.message, "mend": error.mend})
    return done


def _report(row: dict[str, Any]) -> Report:
    if unknown := sorted(set(row) - {*COLUMNS, *OPTIONAL}):
        raise InputError(f"there is no column `{unknown[0][:80]}` of outcomes", mend=f"there are {', '.join(COLUMNS)}")
    value = row.get("value")
    return Report(
        name=_text(row, "outcome"),
        value=value.lower() if value in ("True", "TRUE", "False", "FALSE") else value,
        event_at=_moment(_text(row, "event_at")),
        corrects=row.get("corrects") and _text(row, "corrects"),
        own_id=row.get("outcome_id") and _text(row, "outcome_id"),
    )


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        raise InputError(f"`{name}` is missing or no text", mend=f"every row needs {', '.join(COLUMNS)}")
    return value


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError("`event_at` is not a time", mend="write it as 2026-11-01T12:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
