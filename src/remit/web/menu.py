"""The rail: which pages somebody finds there."""

from __future__ import annotations

from dataclasses import dataclass

from remit.identity.principal import Principal
from remit.web.visitor import may


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the rail, its door, and the path of its icon in a square of 24."""

    title: str
    path: str
    door: str
    icon: str


ENTRIES = (
    Entry("Queue", "/queue", "reviews.read", "M4 6h16M4 12h12M4 18h8"),
    Entry("Decisions", "/decisions", "decisions.list", "M5 4h14v16H5zM9 9h6M9 13h6"),
)


def menu_of(principal: Principal) -> list[Entry]:
    """What somebody may open, in the order of the rail."""
    return [entry for entry in ENTRIES if may(principal, entry.door)]
