"""The real past cases of a shipped pack, as suites learn from them: features, outcomes, rewards, protected
attributes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.learning.strategies.strategy import Cases, Floats
from remit.learning.strategies.tables import Columns
from remit.packs.admit import admit
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.packs.pack import Decision
from remit.service.tables import CaseFile
from remit.settings import Settings


@dataclass(frozen=True)
class History:
    """Past cases, n of them. outcome: an index into the decision's values. worth: n x outcomes x actions."""

    decision: Decision
    cases: tuple[Mapping[str, Any], ...]
    features: tuple[Mapping[str, Any], ...]
    outcome: NDArray[np.int64]
    worth: Floats

    def __len__(self) -> int:
        return len(self.cases)

    def table(self) -> NDArray[np.float32]:
        """n x columns. Which texts there are is read from all of the cases; no outcome is."""
        return Columns.of(self.features, self.decision.model_features).table(self.features)

    def to_decide(self) -> Cases:
        """The cases with the actions and rewards that the pack declares; every action is permitted."""
        permitted = np.ones((len(self), len(self.decision.actions)), np.bool_)
        return Cases(self.table(), permitted, self.worth)


def history_of(pack: str) -> History:
    """The history of the first decision of a shipped pack, without the cases that its contract quarantines."""
    folder = next(folder / pack for folder in reversed(Settings(packs=None).pack_folders) if (folder / pack).is_dir())
    decision = next(iter(load_pack(read_folder(folder)).decisions.values()))
    file = CaseFile(folder / "history.csv", decision.contract.record)
    cases, features, outcome, worth = [], [], [], []
    for (_, raw), happened in zip(file.cases(), file.outcomes(decision.outcome.name), strict=True):
        admission = admit(decision, raw)
        if happened is None or admission.quality == "quarantined":
            continue
        earned = decision.rewards(admission.case)
        cases.append(admission.case)
        features.append(decision.features_of(admission.case))
        outcome.append(decision.outcome.values.index(happened))
        worth.append([[earned[action][value] for action in decision.actions] for value in decision.outcome.values])
    return History(decision, tuple(cases), tuple(features), np.array(outcome), np.array(worth, np.float64))
