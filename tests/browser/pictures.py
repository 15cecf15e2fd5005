"""Pictures of pages for the guides, and what each page weighs: ``make pictures``.

A desk of sixty days is filled, or one that `remit demo --serve` left behind is taken (``--home``), and looked at by the
person of its link. Pages that tell most are kept as pictures; every page is measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright
from tests.browser.conftest import CHROMIUM, serving
from tests.browser.small_png import smaller
from tests.browser.weight import table, weighed

from remit.api.app import create_app
from remit.cli.demo import live_sixty_days
from remit.cli.sixty_days import PERSON
from remit.core.words import Actor
from remit.service.identity.sign_in_link import offer_link
from remit.settings import Settings
from remit.web.faces import put_faces_on
from remit.wiring import Engine

ROOT = Path(__file__).parents[2]
IMAGES, RESULTS = ROOT / "docs" / "images", ROOT / "eval" / "RESULTS-web.md"
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}}
CREDIT = "credit.application"
QUESTION = "how many decisions were escalated this month?"


@dataclass(frozen=True)
class Looked:
    """A picture: its name, the page, and how it is looked at."""

    name: str
    page: str
    look: dict[str, Any]


PICTURES = (
    Looked("queue", "a case in the queue", {**DESK, "color_scheme": "light"}),
    Looked("queue-dark", "a case in the queue", {**DESK, "color_scheme": "dark"}),
    Looked("queue-phone", "a case in the queue", PHONE),
    Looked("chat-phone", "an answer of the chat", PHONE),
    Looked("chat", "an answer of the chat", {**DESK, "color_scheme": "light"}),
    Looked("decision", "a decision", {**DESK, "color_scheme": "light"}),
    Looked("dashboards", "dashboards", {**DESK, "color_scheme": "light"}),
    Looked("policy", "a policy contract", {**DESK, "color_scheme": "light"}),
    Looked("learning", "learning of a pack", {**DESK, "color_scheme": "light"}),
    Looked("ledger", "the ledger", {**DESK, "color_scheme": "dark"}),
    Looked("sign-in", "signing in", {**DESK, "color_scheme": "light"}),
)


def main() -> None:
    """Take every picture, measure every page, and write both down."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, help="a folder that `remit demo --serve --home` filled")
    filled = asked.parse_args().home
    with tempfile.TemporaryDirectory() as folder:
        home = filled or Path(folder) / "home"
        if filled is None:
            live_sixty_days(home)
        with Engine(Settings(home=home)) as engine, browser() as chromium, served(engine) as url:
            pages = places(engine)
            stays = signed_in(engine, chromium, url)
            pages["an answer of the chat"] = ask(stays(DESK), url)
            IMAGES.mkdir(parents=True, exist_ok=True)
            for each in PICTURES:
                size = take(each, stays(each.look), url + pages[each.page])
                print(f"{size:>8,} bytes  {each.name}.png", flush=True)
            told = table([weighed(stays(DESK), url + place, name) for name, place in pages.items()])
            version = chromium.version
    print(told)
    RESULTS.write_text(results(told, version), "utf-8")


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@contextmanager
def served(engine: Engine) -> Iterator[str]:
    """The application with its pages, at an address of loopback."""
    app = create_app(engine, engine.authenticator)
    put_faces_on(app)
    with serving(app) as url:
        yield url


def places(engine: Engine) -> dict[str, str]:
    """Each page by what it shows; a case that waits, and one that a person decided."""
    waiting = next(each for each in engine.reviews() if each["decision"] == CREDIT)
    settled = next(each for each in engine.reviews(all_states=True) if each["state"] == "approved")
    return {
        "signing in": "/sign-in",
        "the queue": "/queue",
        "a case in the queue": f"/queue/{waiting['review_id']}",
        "an edit": f"/queue/{waiting['review_id']}/edit",
        "decisions": "/decisions",
        "a decision": f"/decisions/{settled['decision_id']}",
        "dashboards": "/dashboards",
        "policies": "/policies",
        "a policy contract": f"/policies/credit/{CREDIT}",
        "packs": "/packs",
        "a pack": "/packs/credit",
        "learning": "/learning",
        "learning of a pack": "/learning/quality",
        "the ledger": "/ledger",
        "chat": "/chat",
    }


def signed_in(engine: Engine, chromium: Browser, url: str) -> Callable[[dict[str, Any]], BrowserContext]:
    """Sign in by a link, once; gives what makes fresh contexts of that session, or of nobody's."""
    context = chromium.new_context(**DESK)
    page = context.new_page()
    page.goto(url + offer_link(engine.services, Actor("demo", "system"), PERSON))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda there: "/sign-in" not in there)
    session = context.storage_state()
    context.close()
    return lambda look: chromium.new_context(**look, storage_state=session)


def ask(context: BrowserContext, url: str) -> str:
    """The path of a conversation with a question that was answered."""
    page = context.new_page()
    page.goto(f"{url}/chat")
    page.fill("#message", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url("**/chat/*")
    page.locator(".turn.bot .say:not([data-text])").first.wait_for()
    page.wait_for_load_state("networkidle")
    path = page.url.removeprefix(url).split("#")[0]
    context.close()
    return path


def take(picture: Looked, context: BrowserContext, address: str) -> int:
    """Keep what is seen of a page; gives its size in bytes. Whoever signs in is nobody yet."""
    if address.endswith("/sign-in"):
        context.clear_cookies()
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    made = smaller(page.screenshot(animations="disabled", caret="hide"))
    context.close()
    (IMAGES / f"{picture.name}.png").write_bytes(made)
    return len(made)


def results(told: str, version: str) -> str:
    """The page of results."""
    return f"""# What the pages of the desk weigh

Made by `make pictures`. Each page of a desk of sixty days is opened with nothing kept by the browser: how often it
asks, for how many bytes (unpacked), and after how long something is painted first. Times are those of one run on
loopback, on {os.cpu_count()} cores that other work may share (Python {platform.python_version()}, headless Chromium
{version}): compare them with each other, not with another machine's. The bounds on requests and bytes that are held
are in `tests/browser/test_every_page.py`; no test asserts a time.

{told}
"""


if __name__ == "__main__":
    main()
