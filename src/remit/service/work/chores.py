"""Chores by their rhythm. When one is due is read from the clock that all decisions go by."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta

from remit.core.errors import RemitError
from remit.service.work.ports import Chore, Shift

_log = logging.getLogger(__name__)


class Rhythm:
    """Knows when each chore was done last. A clock that jumps, either way, makes a chore due rather than late."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        self._chores = chores
        self._done: dict[str, datetime] = {}

    def run(self, now: datetime, *, all_of_them: bool = False) -> dict[str, int]:
        """Do what is due, and give how much each chore did. One that fails is tried again at its next turn."""
        due = [chore for chore in self._chores if all_of_them or self._is_due(chore, now)]
        return {chore.name: done for chore in due if (done := self._do(chore, now)) is not None}

    def _is_due(self, chore: Chore, now: datetime) -> bool:
        last = self._done.get(chore.name)
        return last is None or not timedelta() <= now - last < timedelta(seconds=chore.every_seconds)

    def _do(self, chore: Chore, now: datetime) -> int | None:
        self._done[chore.name] = now
        try:
            return chore.run(now)
        except RemitError as error:
            _log.warning("the chore `%s` failed and is tried again: %s", chore.name, error.message)
        except Exception as error:  # noqa: BLE001  one chore's fault keeps no other from its turn
            traceback = bool(os.environ.get("REMIT_DEBUG"))
            _log.error("the chore `%s`: unexpected %s", chore.name, type(error).__name__, exc_info=traceback)
        return None


class Forget:
    """A chore: drops tasks that ended more than a day ago. Their decisions' rows and the ledger have it all."""

    name = "forget"
    every_seconds = 3600.0
    KEPT_SECONDS = 86_400.0

    def __init__(self, shift: Shift) -> None:
        self._shift = shift

    def run(self, now: datetime) -> int:
        return self._shift.forget(self.KEPT_SECONDS)
