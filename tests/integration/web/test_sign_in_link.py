"""A link that signs somebody in: once, for a short time, and never by being looked at."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.integration.web.conftest import Pages

from remit.core.errors import NotFound
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.service.identity.sign_in_link import LASTS, offer_link

DEMO = Actor("demo", "system")


def test_a_link_signs_in_once(pages: Pages) -> None:
    link, client = offer_link(pages.engine.services, DEMO, "olaf"), pages.stranger()
    assert client.post(link).headers["Location"] == "/"
    assert client.get("/queue").status_code == 200
    assert pages.stranger().post(link).status_code == 401


def test_looking_at_a_link_does_not_use_it_up(pages: Pages) -> None:
    link, client = offer_link(pages.engine.services, DEMO, "olaf"), pages.stranger()
    assert "Sign in as olaf" in client.get(link).text
    assert client.get("/queue").status_code == 303
    assert client.post(link).status_code == 303


def test_a_link_is_for_its_person_alone_and_of_its_secret_only_a_hash_is_kept(pages: Pages) -> None:
    link = offer_link(pages.engine.services, DEMO, "olaf")
    secret = link.rpartition("/")[2]
    assert pages.stranger().post(link.replace("olaf", "otto")).status_code == 401
    with pages.engine.database.read() as connection:
        kept = connection.exec_driver_sql("SELECT state FROM sign_in_begun").scalars().all()
    assert kept
    assert secret not in kept


def test_a_link_that_is_too_old_signs_nobody_in(pages: Pages) -> None:
    link, clock = offer_link(pages.engine.services, DEMO, "olaf"), pages.engine.services.clock
    assert isinstance(clock, FixedClock)
    clock.advance(LASTS + timedelta(seconds=1))
    assert pages.stranger().post(link).status_code == 401


def test_a_link_of_another_site_signs_nobody_in(pages: Pages) -> None:
    link = offer_link(pages.engine.services, DEMO, "olaf")
    assert pages.stranger().post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_nobody_gets_a_link_who_could_not_sign_in(pages: Pages) -> None:
    with pytest.raises(NotFound):
        offer_link(pages.engine.services, DEMO, "nobody-here")
