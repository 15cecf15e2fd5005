"""A desk that has lived through sixty days, as `remit demo --serve` leaves it: every page of it is for everybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser import pictures
from tests.browser.conftest import wrong_with

from remit.cli.demo import live_sixty_days
from remit.settings import Settings
from remit.wiring import Engine


@pytest.mark.soak
def test_every_page_of_sixty_days_is_for_everybody(chromium: Browser, tmp_path: Path) -> None:
    live_sixty_days(tmp_path / "home")
    settings = Settings(home=tmp_path / "home", rate_per_minute=0, stranger_rate_per_minute=0)
    wrong: dict[str, list[str]] = {}
    with Engine(settings) as engine, pictures.served(engine) as url:
        context = pictures.by_link(engine, chromium, url)(pictures.LOOKS[""])
        page = context.new_page()
        for name, place in pictures.places(engine).items():
            page.goto(url + place)
            wrong[name] = wrong_with(page)
        context.close()
    assert {name: found for name, found in wrong.items() if found} == {}
