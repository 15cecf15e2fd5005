"""Record whom a door stayed shut to."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from remit.identity.principal import Principal
from remit.service.services import Services

EVERY = timedelta(minutes=1)
REMEMBERED_MAX = 10_000


class DeniedAccess:
    """Refusals are events. The same one is recorded once a minute in a process: knocking fills no ledger."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._last: dict[tuple[str, str], datetime] = {}
        self._turn = threading.Lock()

    def note(self, principal: Principal, door: str) -> None:
        """Record that this door stayed shut to somebody who is known. Raises SystemFailed when that cannot be."""
        if self._is_news(principal.credential, door):
            with self._services.store.write() as unit:
                unit.journal.append(
                    "access.denied",
                    actor=principal.actor(),
                    step="identity",
                    body={"door": door, "credential": principal.credential},
                )

    def _is_news(self, credential: str, door: str) -> bool:
        now = self._services.clock.now()
        with self._turn:
            last = self._last.get((credential, door))
            if last is not None and now - last < EVERY:
                return False
            if len(self._last) >= REMEMBERED_MAX:
                self._last.clear()
            self._last[credential, door] = now
            return True
