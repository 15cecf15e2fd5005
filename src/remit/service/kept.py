"""What took long to make, kept by this process for whoever asks next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from remit.core.ports import Clock

V = TypeVar("V")


@dataclass
class _Place:
    turn: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    made_at: datetime | None = None


class Kept(Generic[V]):
    """Values by what they were made for. One that several ask for at once is made once, and the others wait for it.

    Args:
        most: of so many keys; the one that was asked for first of all is forgotten first.
        lasts: for so long, None for as long as the process.
    """

    def __init__(self, clock: Clock, most: int, lasts: timedelta | None = None) -> None:
        self._clock = clock
        self._most = most
        self._lasts = lasts
        self._turn = threading.Lock()
        self._places: dict[Hashable, _Place] = {}

    def of(self, key: Hashable, make: Callable[[], V], *, keep: Callable[[V], bool] = lambda _: True) -> V:
        """The value of a key, which may be as old as these last. One that is not to be kept is made anew next time."""
        place = self._place(key)
        with place.turn:
            if place.made_at is not None and (self._lasts is None or self._clock.now() - place.made_at < self._lasts):
                found: V = place.value
                return found
            place.made_at, began = None, self._clock.now()
            made = make()
            if keep(made):
                place.value, place.made_at = made, began
            return made

    def _place(self, key: Hashable) -> _Place:
        with self._turn:
            if key not in self._places and len(self._places) >= self._most:
                del self._places[next(iter(self._places))]
            return self._places.setdefault(key, _Place())
