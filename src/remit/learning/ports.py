"""What the rest of Remit may ask of something that was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from remit.learning.outcomes import ReportedOutcome


class OutcomeModel(Protocol):
    """A trained model of what will happen. `sha256` names the exact artefact that answers."""

    sha256: str

    def probabilities(self, features: Mapping[str, float | int | bool | str]) -> dict[str, float]:
        """The probability of each outcome, by its text (booleans are ``true`` and ``false``); they sum to one.

        Raises SystemFailed when the model cannot answer.
        """
        ...


class Outcomes(Protocol):
    """The outcomes that were reported. They are only ever added to."""

    def add(self, outcome: ReportedOutcome, key: str) -> None:
        """Store a report under the reporter's own id for it.

        Raises:
            Conflict: the decision has a report of that key, one of that name that this does not correct, or another
                correction of the same.
            InputError: the decision's case was erased.
        """
        ...

    def find(self, decision_id: str, key: str) -> ReportedOutcome | None:
        """The report of that key, if there is one."""
        ...

    def of(self, decision_id: str) -> list[ReportedOutcome]:
        """Everything reported of a decision, in the order in which it came in."""
        ...
