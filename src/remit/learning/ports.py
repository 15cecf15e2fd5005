"""What the rest of Remit may ask of something that was learnt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class OutcomeModel(Protocol):
    """A trained model of what will happen. `sha256` names the exact artefact that answers."""

    sha256: str

    def probabilities(self, features: Mapping[str, float | int | bool | str]) -> dict[str, float]:
        """The probability of each outcome, by its text (booleans are ``true`` and ``false``); they sum to one.

        Raises SystemFailed when the model cannot answer.
        """
        ...
