"""Decide within a deadline. A decision that takes longer goes on without its asker, and is looked at later."""

from __future__ import annotations

import contextvars
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from remit.core.errors import RemitError, Transient
from remit.service.decide import made_for
from remit.service.result import result_of
from remit.service.services import Services

_log = logging.getLogger(__name__)

THREADS = 40
"""How many decisions are under way at once, at most; as many as the HTTP server has threads."""

BEGIN_SECONDS_MAX = 30.0
_PAUSE_SECONDS = 0.01

Result = dict[str, Any]


class Deciders:
    """Threads that decide, so that whoever asks may stop waiting."""

    def __init__(self, threads: int = THREADS) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="remit-decide")

    def begin(self, do: Callable[[], Result]) -> Future[Result]:
        """Begin as soon as a thread is free, as part of the request that asks: its id and its trace go along."""
        return self._pool.submit(contextvars.copy_context().run, do)

    def close(self) -> None:
        """Finish what was begun, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def decide_within(
    seconds: float,
    deciders: Deciders,
    services: Services,
    *,
    decide: Callable[[], Result],
    submit: Callable[[], Result],
    request_key: str,
) -> tuple[Result, bool]:
    """The result, or the decision as it stands when the time is up; and whether it was up.

    By then its case is on the disk: the decision goes on in this process, and if that dies, a worker finds it. Where no
    thread was free in all that time, it is left to the workers at once.

    Args:
        decide: decides under the request key; raises as `remit.service.decide` does.
        submit: accepts the same for the workers.

    Raises:
        Transient: not even the case could be stored in time, nor long after.
    """
    future = deciders.begin(decide)
    try:
        return future.result(timeout=seconds), False
    except TimeoutError:
        if future.done():
            return future.result(), False
    if future.cancel():
        return submit(), True
    future.add_done_callback(_tell)
    return _as_it_stands(services, future, request_key), True


def _as_it_stands(services: Services, future: Future[Result], request_key: str) -> Result:
    deadline = time.monotonic() + BEGIN_SECONDS_MAX
    while not future.done():
        begun = made_for(services, request_key)
        if begun is not None:
            return result_of(begun)
        if time.monotonic() >= deadline:
            raise Transient("a case could not be stored in time", code="busy", mend="repeat it with the same key")
        time.sleep(_PAUSE_SECONDS)
    return future.result()


def _tell(future: Future[Result]) -> None:
    """Nobody waits for this decision any more: a failure is the operator's to know, and a worker's to try again."""
    error = future.exception()
    if isinstance(error, RemitError):
        _log.warning("a decision that nobody waited for broke off: %s", error.message)
    elif error is not None:
        _log.error("a decision that nobody waited for: unexpected %s", type(error).__name__)
