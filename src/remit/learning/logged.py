"""What the gate judges by: logged decisions, kept column by column, since there may be a million of them.

A row takes about ninety bytes here, and half a kilobyte as an object. The columns hold exactly what the rows say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.core.errors import InputError

Floats = NDArray[np.float64]
AT_ONCE = 4_096
"""So many rows wait as objects until they become columns."""

_BEGAN = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision as the gate sees it. Probabilities are those of the action that was logged.

    `recomputed` is the logged propensity as replay recomputes it, None where it could not. `weight_max` is the largest
    challenger's weight that any permitted action of the case could have had, `champion_max` the champion's;
    `unsupported` is the challenger's probability of actions that the logger never takes in this case. `champion` is
    None where the champion logged. `reward` is None while no outcome is known; `matured` says that the horizon has
    passed. `modelled` and `expected` are a reward model's word on the logged action and on the challenger's (for the
    doubly robust estimate).
    """

    decision_id: str
    decided_at: datetime
    propensity: float
    challenger: float
    reward: float | None
    matured: bool
    recomputed: float | None
    weight_max: float | None = None
    unsupported: float = 0.0
    champion: float | None = None
    champion_max: float | None = None
    modelled: float | None = None
    expected: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Maybe:
    """A column of numbers, some of which are not known. `numbers` say nothing where `known` is false."""

    numbers: Floats
    known: NDArray[np.bool_]

    def otherwise(self, number: float) -> Floats:
        """The numbers, and this one for what is not known."""
        return np.where(self.known, self.numbers, number)

    def __getitem__(self, rows: Any) -> Maybe:
        return Maybe(self.numbers[rows], self.known[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Logged decisions, a column for each field of `Logged`; `decided_at` in microseconds since 1970.

    A column is None where no row says anything in it.
    """

    decision_id: NDArray[np.bytes_]
    decided_at: NDArray[np.int64]
    propensity: Floats
    challenger: Floats
    reward: Maybe | None
    matured: NDArray[np.bool_]
    recomputed: Maybe | None
    weight_max: Maybe | None
    unsupported: Floats
    champion: Maybe | None
    champion_max: Maybe | None
    modelled: Maybe | None
    expected: Maybe | None

    def __len__(self) -> int:
        return len(self.decision_id)

    def part(self, start: int, stop: int) -> Columns:
        """Some rows one after the other; nothing is copied."""
        return self._of_each(lambda column: column[start:stop])

    def id_of(self, row: int) -> str:
        return bytes(self.decision_id[row]).decode()

    def in_order(self) -> Columns:
        """By moment and id. Raises InputError: a decision is there twice."""
        ids = self.decision_id
        is_rising = bool((ids[1:] > ids[:-1]).all())
        if not is_rising and len(np.unique(ids)) < len(ids):
            raise InputError("a decision is in the log twice", mend="give each decision once")
        if is_rising and bool((self.decided_at[1:] >= self.decided_at[:-1]).all()):
            return self
        order = np.lexsort((ids, self.decided_at))
        return self._of_each(lambda column: column[order])

    def _of_each(self, change: Callable[[Any], Any]) -> Columns:
        changed: dict[str, Any] = {}
        for name in _NAMES:
            column = getattr(self, name)
            changed[name] = None if column is None else change(column)
        return Columns(**changed)


_NAMES = tuple(field.name for field in fields(Columns))
_SURE = ("propensity", "challenger", "unsupported")
_PERHAPS = ("reward", "recomputed", "weight_max", "champion", "champion_max", "modelled", "expected")


class Log:
    """Logged decisions as they are given, one after the other, until all of them are asked for.

    Each column is one piece of memory that grows where it is: pieces that are joined in the end are there twice.
    """

    def __init__(self, rows: Iterable[Logged] = ()) -> None:
        self._waiting: list[Logged] = []
        self._settled = 0
        self._width = 1
        self._ids, self._moments, self._matured = bytearray(), bytearray(), bytearray()
        self._numbers = {name: bytearray() for name in _SURE}
        self._known: dict[str, bytearray] = {}
        for row in rows:
            self.add(row)

    def __len__(self) -> int:
        return self._settled + len(self._waiting)

    def add(self, row: Logged) -> None:
        """One decision more. None may come once `ordered` was asked for."""
        self._waiting.append(row)
        if len(self._waiting) == AT_ONCE:
            self._settle()

    def ordered(self) -> Columns:
        """All of them in the order of decisions. Raises InputError: a decision is there twice."""
        self._settle()
        sure = {name: np.frombuffer(self._numbers[name]) for name in _SURE}
        perhaps = {
            name: Maybe(np.frombuffer(self._numbers[name]), np.frombuffer(self._known[name], np.bool_))
            if name in self._known
            else None
            for name in _PERHAPS
        }
        columns: dict[str, Any] = {
            "decision_id": np.frombuffer(self._ids, f"S{self._width}"),
            "decided_at": np.frombuffer(self._moments, np.int64),
            "matured": np.frombuffer(self._matured, np.bool_),
            **sure,
            **perhaps,
        }
        return Columns(**columns).in_order()

    def _settle(self) -> None:
        rows, self._waiting = self._waiting, []
        if not rows:
            return
        self._settle_ids(np.array([row.decision_id.encode() for row in rows], np.bytes_))
        self._moments += np.array([microseconds(row.decided_at) for row in rows], np.int64).tobytes()
        self._matured += np.array([row.matured for row in rows], np.bool_).tobytes()
        for name in _SURE:
            self._numbers[name] += np.array([getattr(row, name) for row in rows], np.float64).tobytes()
        for name in _PERHAPS:
            self._settle_perhaps(name, [getattr(row, name) for row in rows])
        self._settled += len(rows)

    def _settle_ids(self, ids: NDArray[np.bytes_]) -> None:
        """All ids of a column are equally wide; a longer one widens those that are there."""
        if ids.itemsize > self._width:
            before = np.frombuffer(bytes(self._ids), f"S{self._width}")
            self._width = ids.itemsize
            self._ids = bytearray(before.astype(f"S{self._width}").tobytes())
        self._ids += ids.astype(f"S{self._width}").tobytes()

    def _settle_perhaps(self, name: str, values: Sequence[float | None]) -> None:
        if name not in self._known:
            if all(each is None for each in values):
                return
            self._numbers[name], self._known[name] = bytearray(8 * self._settled), bytearray(self._settled)
        self._numbers[name] += np.array([each or 0.0 for each in values], np.float64).tobytes()
        self._known[name] += np.array([each is not None for each in values], np.bool_).tobytes()


def microseconds(moment: datetime) -> int:
    """A moment as the column `decided_at` has it."""
    return (moment - _BEGAN) // _TICK
