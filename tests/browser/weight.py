"""What a page weighs: how often it asks, for how many bytes, and when something is seen of it first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Response

_PAINTED = "performance.getEntriesByName('first-contentful-paint').map(each => each.startTime)[0] ?? 0"


@dataclass(frozen=True)
class Weighed:
    """One page, opened with nothing kept: `bytes` of bodies as they travel, `painted_ms` from the navigation on."""

    name: str
    requests: int
    bytes: int
    painted_ms: float


def weighed(context: BrowserContext, address: str, name: str) -> Weighed:
    """Open a page in a tab of its own, and wait until it asks for nothing more."""
    answers: list[Response] = []
    fresh = context.new_page()
    fresh.on("response", lambda answer: answers.append(answer))  # it hangs something on what it is given
    fresh.goto(address)
    fresh.wait_for_load_state("networkidle")
    painted: float = fresh.evaluate(_PAINTED)
    sizes = [int(answer.headers["content-length"]) for answer in answers if answer.ok]
    fresh.close()
    return Weighed(name, len(sizes), sum(sizes), painted)


def table(pages: Iterable[Weighed]) -> str:
    """One row a page, as Markdown."""
    head = ["| page | requests | bytes | first contentful paint, ms |", "|---|--:|--:|--:|"]
    rows = [f"| {each.name} | {each.requests} | {each.bytes:,} | {each.painted_ms:.0f} |" for each in pages]
    return "\n".join([*head, *rows])
