"""Features become a table of numbers: numbers first, then one column for each text that was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FeatureValue = float | int | bool | str


@dataclass(frozen=True)
class Columns:
    """Which features there are, by kind, and which texts each of the texts may be; another text is none of them."""

    numbers: tuple[str, ...]
    texts: Mapping[str, tuple[str, ...]]

    @staticmethod
    def of(rows: Sequence[Mapping[str, FeatureValue]], features: Sequence[str]) -> Columns:
        """The columns of these rows; there is at least one."""
        texts = [name for name in features if isinstance(rows[0][name], str)]
        seen = {name: tuple(sorted({str(row[name]) for row in rows})) for name in texts}
        return Columns(tuple(name for name in features if name not in texts), seen)

    def table(self, rows: Sequence[Mapping[str, Any]]) -> NDArray[np.float32]:
        """rows x columns."""
        made = [
            [float(row[name]) for name in self.numbers]
            + [float(str(row[name]) == text) for name, texts in self.texts.items() for text in texts]
            for row in rows
        ]
        return np.array(made, np.float32)
