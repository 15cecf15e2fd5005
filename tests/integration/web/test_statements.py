"""A page asks the database as often for many rows as for a few: nothing is looked up row by row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from tests.integration.api.signed_in import key_of, person
from tests.integration.conftest import LARGE, VERY_LARGE
from tests.integration.web.conftest import Pages, pages_in

from remit.core.words import Actor
from remit.service.policy_changes import propose_policy

FEW, MANY = 2, 5
PLACES = {
    "/queue": "olaf",
    "/queue?order=priority": "olaf",
    "/queue?mine=1": "olaf",
    "/queue?q=R-": "olaf",
    "/queue?settled=1": "olaf",
    "/decisions": "ann",
    "/dashboards?pack=desk": "alba",
    "/dashboards": "paul",
    "/ledger": "alba",
    "/policies": "paul",
    "/admin": "ada2",
}
OLAF = Actor("olaf", roles=("reviewer", "officer"))
PETRA = Actor("petra", roles=("policy_author",))


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[int, int]]]:
    """How many statements each page takes with few rows, and with many."""
    with pages_in(tmp_path_factory.mktemp("statements")) as pages:
        people = {name: pages.of(name) for name in set(PLACES.values())}
        fill(pages, range(FEW))
        few = {place: statements(pages, people[name], place) for place, name in PLACES.items()}
        fill(pages, range(FEW, MANY))
        many = {place: statements(pages, people[name], place) for place, name in PLACES.items()}
        yield {place: (few[place], many[place]) for place in PLACES}


@pytest.mark.parametrize("place", PLACES)
def test_a_page_takes_no_more_statements_for_many_rows(asked: dict[str, tuple[int, int]], place: str) -> None:
    few, many = asked[place]
    assert many == few


def fill(pages: Pages, numbers: range) -> None:
    """A row more in every list, for each number."""
    text = (pages.engine.settings.pack_folders[0] / "desk" / "policy.yaml").read_text("utf-8")
    text = text.replace("version: 1", "version: 2", 1)
    for number in numbers:
        pages.review(request_id=f"R-s{number}", amount_cents=LARGE)
        two = pages.review(request_id=f"R-t{number}", amount_cents=VERY_LARGE)
        pages.engine.decide_review(two, OLAF, "approve", "as it should be")
        gone = pages.review(request_id=f"R-x{number}", amount_cents=LARGE)
        pages.engine.decide_review(gone, OLAF, "reject", "not this one")
        if number % 2 == 0:  # it takes a while
            propose_policy(pages.engine.services, "desk", f"{text}\n# {number}\n", "contract", PETRA, "one more line")
        person(pages.engine, f"reader-{number}", "analyst")
        key_of(pages.engine, f"reader-{number}")


def statements(pages: Pages, client: TestClient, place: str) -> int:
    """How many statements a page takes that was looked at before, in a process that has written nothing."""
    count = 0

    def ran(*_: object) -> None:
        nonlocal count
        count += 1

    client.get(place)
    pages.engine.vault._remembered.clear()
    with pages.engine.database.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", ran)
    try:
        assert client.get(place).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", ran)
    return count
