"""A list that comes in pages, which are fetched as you go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from remit.client.wire import Answer, Call, Request, T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The things of one page, and where the next one is."""

    things: Sequence[T]
    after: Pages[T] | None


@dataclass(frozen=True, slots=True)
class Pages(Generic[T]):
    """A list from some page on. `read` makes one thing of each; `name` is the member of a page that holds them.

    Without a name a page is JSON lines.
    """

    request: Request
    name: str | None
    read: Callable[[Mapping[str, Any]], T]

    def call(self) -> Call[Page[T]]:
        """Fetch a page."""
        answer = yield self.request
        things = answer.read_lines() if self.name is None else answer.json()[self.name]
        return Page([self.read(each) for each in things], self._after(answer))

    def _after(self, answer: Answer) -> Pages[T] | None:
        # The cursor in the link stands for the whole query: the link is followed as it is.
        path = answer.next_page
        return None if path is None else Pages(Request("GET", path), self.name, self.read)
