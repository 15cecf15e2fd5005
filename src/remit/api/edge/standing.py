"""What a serving process knows of itself: how much it is serving, and whether it was told to stop."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Standing:
    """Changed by the event loop's thread only. `serving` counts the requests that are under way."""

    serving: int = 0
    draining: bool = False
