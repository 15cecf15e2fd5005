"""Who goes on next. Workers are threads that hand one baton round, so that chance alone decides how they interleave."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping


class Schedule:
    """Runs workers one at a time. At every `turn` chance says who goes on: the same seed, the same order."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._batons: dict[str, threading.Semaphore] = {}
        self._at_work: list[str] = []
        self._current = ""
        self._all_done = threading.Event()
        self._failures: list[BaseException] = []

    def run(self, workers: Mapping[str, Callable[[], None]]) -> None:
        """Run all workers to their ends. What the first of them could not handle is raised here."""
        self._batons = {name: threading.Semaphore(0) for name in workers}
        self._at_work = list(workers)
        threads = [threading.Thread(target=self._work, args=item, name=item[0]) for item in workers.items()]
        for thread in threads:
            thread.start()
        self._hand_over()
        self._all_done.wait()
        for thread in threads:
            thread.join()
        self._at_work = []
        if self._failures:
            raise self._failures[0]

    def turn(self) -> None:
        """A place where another worker may go on first. Nothing happens when nobody else is at work."""
        if len(self._at_work) < 2:
            return
        me = self._current
        self._hand_over()
        self._batons[me].acquire()

    def _work(self, name: str, job: Callable[[], None]) -> None:
        self._batons[name].acquire()
        try:
            job()
        except BaseException as error:  # noqa: BLE001  it is raised where the run was asked for
            self._failures.append(error)
        self._at_work.remove(name)
        if self._at_work:
            self._hand_over()
        else:
            self._all_done.set()

    def _hand_over(self) -> None:
        self._current = self._chance.choice(self._at_work)
        self._batons[self._current].release()
