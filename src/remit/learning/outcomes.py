"""What became of a decision, as it is reported: never changed, and corrected by another report that names it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from remit.core.errors import Conflict, InputError
from remit.core.problems import did_you_mean
from remit.packs.pack import Outcome

SKEW = timedelta(minutes=5)
"""So far a reporter's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class ReportedOutcome:
    """One report: what happened (`value`, a text as the pack declares it) at `event_at`, and since when it is known.

    `value` is None once the decision's subject was erased. `corrects` is the id of the report that was wrong.
    """

    id: str
    decision_id: str
    name: str
    value: str | None
    event_at: datetime
    known_at: datetime
    reporter: str
    corrects: str | None = None

    def says_the_same_as(self, other: ReportedOutcome) -> bool:
        """Whether both tell of the same happening; who said it, and when, makes no difference."""
        ours, theirs = ((each.name, each.value, each.event_at, each.corrects) for each in (self, other))
        return ours == theirs

    def to_json(self) -> dict[str, Any]:
        """As people see it."""
        return {
            "outcome_id": self.id,
            "decision_id": self.decision_id,
            "name": self.name,
            "value": self.value,
            "event_at": self.event_at.isoformat(),
            "known_at": self.known_at.isoformat(),
            "reporter": self.reporter,
            "corrects": self.corrects,
        }


def value_of(declared: Outcome, name: str, said: object) -> str:
    """What was said to have happened, as the text that the pack declares for it. Raises InputError."""
    if name != declared.name:
        raise InputError(
            f"the decision has no outcome `{name[:80]}`",
            code="outcome",
            mend=did_you_mean(name, [declared.name]) or f"its outcome is `{declared.name}`",
        )
    text = str(said).lower() if isinstance(said, bool) else said
    if not isinstance(text, str) or (declared.type == "string" and isinstance(said, bool)):
        raise InputError(f"the outcome `{name}` is {_kind(declared)}", code="outcome", mend=_values(declared))
    if text not in declared.values:
        hint = did_you_mean(text[:80], declared.values)
        raise InputError(f"the outcome `{name}` has no such value", code="outcome", mend=hint or _values(declared))
    return text


def check_time(event_at: datetime, now: datetime) -> None:
    """Hold that something has happened already. Raises InputError."""
    if event_at > now + SKEW:
        raise InputError("an outcome cannot be known before it happens", code="outcome", mend="mend `event_at`")


def in_order(reports: Sequence[ReportedOutcome]) -> list[ReportedOutcome]:
    """As they came in; a correction always after what it corrects, even where both came within one tick of a clock."""
    corrected = {each.id: each.corrects for each in reports}

    def depth(report_id: str) -> int:
        steps, at = 0, corrected[report_id]
        while at is not None:
            steps, at = steps + 1, corrected.get(at)
        return steps

    return sorted(reports, key=lambda each: (each.known_at, depth(each.id), each.id))


def in_force(reports: Sequence[ReportedOutcome]) -> list[ReportedOutcome]:
    """The reports that no other one corrects, in their order."""
    corrected = {each.corrects for each in reports}
    return [each for each in reports if each.id not in corrected]


def check_follows(reports: Sequence[ReportedOutcome], new: ReportedOutcome) -> None:
    """Hold that a report follows those before it: it is the first of its name, or corrects the one in force.

    Raises:
        Conflict: there is one in force, or it corrects one that is not.
        InputError: it corrects what is not there.
    """
    valid = {each.id: each for each in in_force(reports) if each.name == new.name}
    if new.corrects is None:
        if valid:
            raise Conflict(
                f"the outcome `{new.name}` was reported already",
                code="outcome_reported",
                mend=f"to correct it, say `corrects`: {next(iter(valid))}",
            )
    elif new.corrects not in {each.id for each in reports if each.name == new.name}:
        raise InputError("there is no such outcome to correct", code="outcome", mend="name one of this decision")
    elif new.corrects not in valid:
        raise Conflict(
            "that outcome was corrected already", code="outcome_reported", mend=f"correct {next(iter(valid))}"
        )


def _kind(declared: Outcome) -> str:
    return "true or false" if declared.type == "boolean" else "a text"


def _values(declared: Outcome) -> str:
    return f"say one of {', '.join(declared.values)}"
