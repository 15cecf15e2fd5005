"""What a serving process knows of itself: how much it is serving, and whether it was told to stop."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

_HEALTH = frozenset({"/healthz", "/readyz"})


@dataclass
class Standing:
    """Changed by the event loop's thread only. `serving` counts the requests that are under way."""

    serving: int = 0
    draining: bool = False


def is_health(scope: Scope) -> bool:
    """Whether a request is a machine's look at this process, which no limit may keep from it."""
    return scope["path"] in _HEALTH
