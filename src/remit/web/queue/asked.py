"""What somebody wants to see of the queue: it stands in the address, so it can be kept, shared and gone back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from remit.api.pages import CURSOR_CHARACTERS_MAX
from remit.approvals.routing import Filter, checked

Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the queue. `about` is looked for in the names of those whom cases are about."""

    about: str = ""
    risk: str = ""
    kind: str = ""
    mine: bool = False
    settled: bool = False
    order: str = ""
    cursor: str = ""

    def filter(self) -> Filter:
        """The same in the words of the queue. Raises InputError."""
        said: dict[str, Any] = {
            "risk": self.risk or None,
            "decision": self.kind or None,
            "order": self.order or None,
            "mine": self.mine or None,
            **({"states": ["approved", "rejected", "expired", "cancelled", "stale"]} if self.settled else {}),
        }
        return checked(Filter.from_json({name: value for name, value in said.items() if value is not None}))

    def query(self, **changes: Any) -> str:
        """The filters as the query of an address, with a leading ``?``; empty when nothing is asked for."""
        names = {"about": "q", "kind": "kind", "risk": "risk", "order": "order", "cursor": "cursor"}
        said = {
            **{short: getattr(self, name) for name, short in names.items()},
            **{name: "1" for name in ("mine", "settled") if getattr(self, name)},
            **changes,
        }
        text = urlencode([(name, value) for name, value in said.items() if value not in ("", None)])
        return f"?{text}" if text else ""

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return bool(self.about or self.risk or self.kind or self.mine or self.settled)


def asked_of(
    q: Word = "",
    risk: Word = "",
    kind: Word = "",
    mine: bool = False,
    settled: bool = False,
    order: Literal["", "due", "priority"] = "",
    cursor: Annotated[str, Query(max_length=CURSOR_CHARACTERS_MAX)] = "",
) -> Asked:
    """The filters of an address."""
    return Asked(q.strip(), risk, kind, mine, settled, order, cursor)


TheAsked = Annotated[Asked, Depends(asked_of)]
