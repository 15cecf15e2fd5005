"""Chores by their rhythm."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.core.errors import RemitError
from remit.service.work.ports import Chore

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Every:
    """A chore that is one function: handed the present moment, it gives how much it did."""

    name: str
    every_seconds: float
    do: Callable[[datetime], int]

    def run(self, now: datetime) -> int:
        return self.do(now)


class Rhythm:
    """Knows when each chore was done last, by a time that never jumps. What is due within a chore, the clock says."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._done: dict[str, float] = {}

    def run(self, now: datetime, at_seconds: float) -> dict[str, int]:
        """Do the chores whose turn it is, and give how much each did. One that fails is tried again at its next turn.

        Args:
            now: what the clock says.
            at_seconds: the same moment in a time that never jumps, such as `time.monotonic`.
        """
        turn = [chore for chore in self._chores if self._is_due(chore, at_seconds)]
        return {chore.name: done for chore in turn if (done := self._do(chore, now, at_seconds)) is not None}

    def _is_due(self, chore: Chore, at_seconds: float) -> bool:
        last = self._done.get(chore.name)
        return last is None or at_seconds - last >= chore.every_seconds

    def _do(self, chore: Chore, now: datetime, at_seconds: float) -> int | None:
        self._done[chore.name] = at_seconds
        try:
            return chore.run(now)
        except RemitError as error:
            _log.warning("the chore `%s` failed and is tried again: %s", chore.name, error.message)
        except Exception as error:  # noqa: BLE001  one chore's fault keeps no other from its turn
            traceback = bool(os.environ.get("REMIT_DEBUG"))
            _log.error("the chore `%s`: unexpected %s", chore.name, type(error).__name__, exc_info=traceback)
        return None
