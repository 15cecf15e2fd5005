"""Where people may go: each place stands behind a door, and is shown to those to whom it opens."""

from __future__ import annotations

from dataclasses import dataclass

from remit.identity.principal import Principal
from remit.web.gate import opens


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation. `icon` is one of `templates/icons.html`."""

    path: str
    label: str
    icon: str
    door: str


PLACES = (
    Place("/queue", "Queue", "queue", "reviews.read"),
    Place("/chat", "Ask", "chat", "chat.ask"),
    Place("/decisions", "Decisions", "decisions", "decisions.list"),
    Place("/dashboards", "Dashboards", "dashboards", "learning.read"),
    Place("/policies", "Policies", "policies", "policies.read"),
    Place("/packs", "Packs", "packs", "packs.read"),
    Place("/learning", "Learning", "learning", "learning.read"),
    Place("/ledger", "Ledger", "ledger", "ledger.read"),
    Place("/admin", "Admin", "admin", "users.manage"),
)
"""In the order in which they are shown; the first that opens is where one arrives."""


def places(who: Principal) -> list[Place]:
    """The places that are open to somebody."""
    return [place for place in PLACES if opens(who, place.door)]
