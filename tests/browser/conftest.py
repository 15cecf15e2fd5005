"""A real Chromium on the real application: a desk that is filled with cases of the shipped packs, served on loopback.

`desk` is shared by the tests of a file: whoever changes something takes a case of their own (`desk.take`).
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright
from tests.integration.api.signed_in import PASSWORD, person, real_app

from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.core.words import Actor
from remit.settings import Settings
from remit.web.faces import put_faces_on
from remit.wiring import Engine

CHROMIUM = Path("/usr/bin/chromium")
PACKS = Path(__file__).parents[2] / "examples" / "packs"
ROUNDS = 2
"""How often each golden case is decided, each time about somebody else."""

SUBJECT = {"credit": "applicant_id", "quality": "plate_id"}
APP = Actor("loan-desk", "app", ("analyst",))
_OF_PACKS = ("credit_officer", "senior_credit_officer", "quality_engineer", "plant_manager")
PEOPLE = {
    "maria": ("reviewer", *_OF_PACKS),
    "tom": ("reviewer", *_OF_PACKS),
    "ann": ("analyst",),
    "paul": ("policy_author",),
    "petra": ("policy_author",),
    "alba": ("auditor",),
    "adam": ("admin",),
    "nina": ("credit_officer",),
}
"""Who can sign in, each with `PASSWORD`."""

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Served:
    """A filled desk behind an address."""

    engine: Engine
    url: str
    taken: set[str] = field(default_factory=set)

    def take(self, wanted: Callable[[dict[str, Any]], bool] = lambda row: True) -> dict[str, Any]:
        """A review that waits and that no other test of the file has taken."""
        for row in self.engine.reviews(limit=200):
            if row["review_id"] not in self.taken and wanted(row):
                self.taken.add(row["review_id"])
                return row
        raise AssertionError("no such case waits")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shipped packs, some of their cases decided, and people who can sign in."""
    folder = tmp_path_factory.mktemp("served")
    settings = Settings(home=folder / "home", packs=PACKS, rate_per_minute=0, stranger_rate_per_minute=0)
    with Engine(settings, embedder=HashingEmbedder()) as engine:
        engine.services.parts.__dict__["_index"] = MemoryVectorIndex()
        app = real_app(engine)
        put_faces_on(app)
        for name, roles in PEOPLE.items():
            person(engine, name, *roles)
        for pack, number in itertools.product(SUBJECT, range(ROUNDS)):
            for case in _golden(pack):
                subject = case[SUBJECT[pack]]
                engine.decide(
                    pack, {**case, SUBJECT[pack]: f"{subject[:2]}{(int(subject[2:]) + number) % 10_000:04d}"}, APP
                )
        with serving(app) as url:
            yield Served(engine, url)


def _golden(pack: str) -> list[dict[str, Any]]:
    return [json.loads(line)["case"] for line in (PACKS / pack / "golden.jsonl").read_text("utf-8").splitlines()]


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The application on a free port of loopback, as long as it is needed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", http="h11", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    if not CHROMIUM.exists():
        pytest.skip(f"NOTHING OF THE PAGES IS TESTED IN A BROWSER: {CHROMIUM} is missing; install Debian's `chromium`")
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
    yield made
    made.close()


@dataclass
class Person:
    """Somebody at a browser of their own. `refused`: stopped by the Content-Security-Policy; `errors`: the rest."""

    name: str
    url: str
    context: BrowserContext
    page: Page
    refused: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "TrustedHTML" in message.text:
            self.refused.append(message.text)
        elif message.type == "error" and "the server responded with a status of 4" not in message.text:
            self.errors.append(message.text)


@pytest.fixture
def sits_down(chromium: Browser, desk: Served) -> Iterator[Callable[..., Person]]:
    """Let somebody sign in: `sits_down("maria")`. Options are those of a browser context, such as its size."""
    with seats_at(desk.url, chromium) as sit:
        yield sit


@contextlib.contextmanager
def seats_at(url: str, chromium: Browser) -> Iterator[Callable[..., Person]]:
    """Lets people sign in at an address.

    At the end nothing may have been stopped by the Content-Security-Policy, and no script may have failed.
    """
    people: list[Person] = []

    def sit(name: str | None = "maria", **options: Any) -> Person:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})
        context.set_default_timeout(10_000)
        here = Person(name or "nobody", url, context, context.new_page())
        here.page.on("console", here.hear)
        here.page.on("pageerror", lambda error: here.errors.append(str(error)))
        people.append(here)
        if name is not None:
            here.go("/sign-in")
            here.page.fill("input[name=name]", name)
            here.page.fill("input[name=password]", PASSWORD)
            here.page.click("button.pri")
            here.page.wait_for_url(lambda url: "/sign-in" not in url)
        return here

    yield sit
    for each in people:
        each.context.close()
    assert [each.refused for each in people if each.refused] == []
    assert [each.errors for each in people if each.errors] == []


LOOKS: dict[str, tuple[Literal["light", "dark"], tuple[int, int]]] = {
    "light": ("light", (1440, 900)),
    "dark": ("dark", (1440, 900)),
    "phone": ("light", (390, 844)),
}
_AXE = Axe().axe_script
_RUN = "async (only) => (await axe.run({runOnly: only, resultTypes: ['violations']})).violations"
_ALL_RULES = {"type": "tag", "values": WCAG}
_RULES_OF_COLOUR = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What can come out otherwise in the dark: nothing else of a page differs there."""
_SIDEWAYS = "Math.max(document.documentElement.scrollWidth - innerWidth, 0)"


def wrong_with(page: Page) -> list[str]:
    """What is wrong with a page as it stands, with everything on it unfolded, in every look; a line each.

    axe holds it against WCAG 2.2 A and AA; and a phone must not scroll sideways.
    """
    page.emulate_media(reduced_motion="reduce")  # a colour that is on its way to another one is neither
    unfold(page)
    page.evaluate(_AXE)
    found = []
    for look, (scheme, (width, height)) in LOOKS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        found += [
            f"{look}: {each['id']}: {node['target']} {node['failureSummary']}"
            for each in page.evaluate(_RUN, _RULES_OF_COLOUR if look == "dark" else _ALL_RULES)
            for node in each["nodes"]
        ]
        if look == "phone" and (by := page.evaluate(_SIDEWAYS)):
            found.append(f"{look}: scrolls sideways by {by}")
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def unfold(page: Page) -> None:
    """Open whatever can be opened on a page."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
