"""Pictures of every page for the guides, and what each weighs: ``make pictures``.

A desk of sixty days is filled, or one that `remit demo --serve` left behind is taken (``--home``), and looked at by the
person of its link, and by an admin. Each page is kept in the light and in the dark; a few on a phone.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.browser.conftest import CHROMIUM, serving
from tests.browser.small_png import smaller
from tests.browser.weight import table, weighed

from remit.api.app import create_app
from remit.cli.demo import live_sixty_days
from remit.cli.sixty_days import PERSON
from remit.core.words import Actor
from remit.service.identity.add_user import add_user
from remit.service.identity.sign_in_link import offer_link
from remit.service.policy_changes import policy_in_force, propose_policy
from remit.settings import Settings
from remit.web.faces import put_faces_on
from remit.wiring import Engine

ROOT = Path(__file__).parents[2]
IMAGES, RESULTS = ROOT / "docs" / "images", ROOT / "eval" / "RESULTS-web.md"
LOOKS: dict[str, dict[str, Any]] = {
    "": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "-dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "-phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
"""What a picture's name ends with, and how its page is looked at."""

ON_A_PHONE = ("case", "answer", "dashboards")
CREDIT, AUTHOR, ADMIN, PASSWORD = "credit.application", "pia", "ada", "a-password-for-pictures"
QUESTION = "how many decisions were escalated this month?"
PATIENCE_MS = 120_000
Stays = Callable[[dict[str, Any]], BrowserContext]


def main() -> None:
    """Take every picture, measure every page, and write both down."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--home", type=Path, help="a folder that `remit demo --serve --home` filled")
    filled = asked.parse_args().home
    with tempfile.TemporaryDirectory() as folder:
        home = filled or Path(folder) / "home"
        if filled is None:
            live_sixty_days(home)
        # Looking at every page several times is more than one person is allowed to do in a minute.
        settings = Settings(home=home, rate_per_minute=0, stranger_rate_per_minute=0)
        with Engine(settings) as engine, browser() as chromium, served(engine) as url:
            person, admin = by_link(engine, chromium, url), by_password(engine, chromium, url)
            pages = places(engine)
            pages["answer"] = ask(person(LOOKS[""]), url)
            IMAGES.mkdir(parents=True, exist_ok=True)
            for name, path in pages.items():
                stays = admin if name == "admin" else person
                for end, look in LOOKS.items():
                    if end != "-phone" or name in ON_A_PHONE:
                        size = take(IMAGES / f"{name}{end}.png", stays(look), url + path)
                        print(f"{size:>8,} bytes  {name}{end}.png", flush=True)
            found = [
                weighed((admin if name == "admin" else person)(LOOKS[""]), url + path, name)
                for name, path in pages.items()
            ]
            told, version = table(found), chromium.version
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
    """Each page by the name of its picture; a case that waits, and a decision that a person settled."""
    waiting = next(each for each in engine.reviews() if each["decision"] == CREDIT)
    settled = next(each for each in engine.reviews(all_states=True) if each["state"] == "approved")
    return {
        "sign-in": "/sign-in",
        "queue": "/queue",
        "case": f"/queue/{waiting['review_id']}",
        "edit": f"/queue/{waiting['review_id']}/edit",
        "decisions": "/decisions",
        "decision": f"/decisions/{settled['decision_id']}",
        "chat": "/chat",
        "dashboards": "/dashboards?pack=quality&days=60",
        "policies": "/policies",
        "policy": f"/policies/credit/{CREDIT}",
        "policy-proposal": f"/policies/credit/{CREDIT}/propose",
        "policy-change": f"/policies/changes/{_change(engine)}",
        "packs": "/packs",
        "pack": "/packs/credit",
        "learning": "/learning",
        "learning-of-a-pack": "/learning/quality",
        "ledger": "/ledger",
        "admin": "/admin",
        "not-found": "/nowhere",
    }


def _change(engine: Engine) -> str:
    """A change that waits for somebody's word: what a reviewer reads is said more plainly."""
    text = next(iter(policy_in_force(engine.services, "credit", CREDIT)["texts"].values()))
    plainer = text.replace("a credit officer decides", "a credit officer decides, and says why", 1)
    later = plainer.replace("version: 1\n", "version: 2\n", 1)
    author = Actor(AUTHOR, roles=("policy_author",))
    why = "Officers left the reason to the notes."
    return str(propose_policy(engine.services, "credit", later, "contract", author, why)["change_id"])


def by_link(engine: Engine, chromium: Browser, url: str) -> Stays:
    """Whoever looks at the desk, signed in by a link."""
    return _signed_in(
        chromium,
        url + offer_link(engine.services, Actor("demo", "system"), PERSON),
        lambda page: page.get_by_role("button", name="Sign in").click(),
    )


def by_password(engine: Engine, chromium: Browser, url: str) -> Stays:
    """An admin, signed in by name and password."""
    add_user(engine.services, engine.passwords, Actor("demo", "system", ("admin",)), ADMIN, ("admin",), PASSWORD)

    def say(page: Page) -> None:
        page.fill("input[name=name]", ADMIN)
        page.fill("input[name=password]", PASSWORD)
        page.get_by_role("button", name="Sign in").click()

    return _signed_in(chromium, f"{url}/sign-in", say)


def _signed_in(chromium: Browser, address: str, say: Callable[[Page], None]) -> Stays:
    """Sign in once; gives what makes fresh contexts of that session."""

    def fresh(look: dict[str, Any], session: Any = None) -> BrowserContext:
        context = chromium.new_context(**look, storage_state=session)
        context.set_default_timeout(PATIENCE_MS)
        return context

    context = fresh(LOOKS[""])
    page = context.new_page()
    page.goto(address)
    say(page)
    page.wait_for_url(lambda there: "/sign-in" not in there)
    session = context.storage_state()
    context.close()
    return lambda look: fresh(look, session)


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


def take(file: Path, context: BrowserContext, address: str) -> int:
    """Keep what is seen of a page; gives its size in bytes. Whoever signs in is nobody yet."""
    if address.endswith("/sign-in"):
        context.clear_cookies()
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    made = smaller(page.screenshot(animations="disabled", caret="hide"))
    context.close()
    file.write_bytes(made)
    return len(made)


def results(told: str, version: str) -> str:
    """The page of results."""
    return f"""# What the pages of the desk weigh

Made by `make pictures`. Each page of a desk of sixty days is opened with nothing kept by the browser: how often it
asks, for how many bytes as they travel, and after how long something is painted first. Times are those of one run on
loopback, on {os.cpu_count()} cores that other work may share (Python {platform.python_version()}, headless Chromium
{version}): compare them with each other, not with another machine's. The bounds on requests and bytes that are held
are in `tests/browser/test_every_page.py`; no test asserts a time.

{told}
"""


if __name__ == "__main__":
    main()
