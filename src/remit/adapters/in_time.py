"""Wait so long for something, and no longer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_time(do: Callable[[], T], seconds: float) -> T:
    """What `do` gives, or raises.

    It has a thread of its own: a client's time-out is mostly for each read, and this one is for all of it. What comes
    later is heard by nobody.

    Raises:
        TimeoutError: it takes longer.
    """
    found: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(1)

    def doing() -> None:
        try:
            found.put((do(), None))
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            found.put((None, error))

    threading.Thread(target=doing, name="in time", daemon=True).start()
    try:
        given, error = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"nothing came within {seconds:g} seconds") from None
    if error is not None:
        raise error
    return given  # type: ignore[return-value]  # no error, so it was given
