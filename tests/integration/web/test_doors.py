"""Who may see which page, who is sent to sign in, and what is held against forms that others send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from tests.integration.api.signed_in import PASSWORD
from tests.integration.conftest import LARGE
from tests.integration.web.conftest import PEOPLE, Pages, token_in, version_in

from remit.identity.doors import DOORS
from remit.web import navigation

PLACES = {place.path: place.door for place in navigation.PLACES}
FORMS = ("claim", "release", "opinion", "decide", "ask", "snooze", "edit", "edit/try")


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("place", PLACES)
def test_a_page_is_shown_to_those_whose_role_opens_its_door(pages: Pages, place: str, name: str) -> None:
    opens = not set(DOORS[PLACES[place]].roles).isdisjoint(PEOPLE[name])
    answer = pages.of(name).get(place)
    assert answer.status_code == (200 if opens else 403)
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("name", PEOPLE)
def test_the_navigation_has_what_is_open_and_nothing_else(pages: Pages, name: str) -> None:
    client = pages.of(name)
    client.follow_redirects = True
    html = client.get("/").text.partition("</nav>")[0]
    opened = {place for place, door in PLACES.items() if not set(DOORS[door].roles).isdisjoint(PEOPLE[name])}
    assert {place for place in PLACES if f'href="{place}"' in html} == opened


def test_every_page_names_a_door_or_asks_who_comes(pages: Pages) -> None:
    link = "/sign-in/link/{name}/{secret}"
    free = {(method, path) for method in ("GET", "POST") for path in ("/sign-in", link)}
    without = {
        (method, str(each.path))
        for each in iter_route_contexts(pages.app.routes)
        if not str(each.path).startswith(("/v1", "/static", "/healthz", "/readyz", "/metrics"))
        for method in (each.methods or set()) - {"HEAD"}
        if not any("visitor" in name or name.startswith("door:") for name in _names(each.dependant))
    }
    assert without == free


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back(pages: Pages) -> None:
    client = pages.stranger()
    sent = client.get("/queue?risk=high")
    assert (sent.status_code, sent.headers["Location"]) == (303, "/sign-in?next=%2Fqueue%3Frisk%3Dhigh")
    back = client.post(sent.headers["Location"], data={"name": "olaf", "password": PASSWORD})
    assert back.headers["Location"] == "/queue?risk=high"


def test_a_part_of_a_page_tells_a_script_where_to_sign_in(pages: Pages) -> None:
    answer = pages.stranger().get("/queue", headers={"Remit-Fragment": "rows"})
    assert (answer.status_code, answer.headers["Remit-Location"]) == (401, "/sign-in?next=%2Fqueue")


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example"])
def test_nobody_is_sent_to_another_site_after_signing_in(pages: Pages, place: str) -> None:
    answer = pages.stranger().post("/sign-in", params={"next": place}, data={"name": "olaf", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_a_wrong_password_says_so_and_keeps_the_name(pages: Pages) -> None:
    answer = pages.stranger().post("/sign-in", data={"name": "paul", "password": "not this one"})
    assert answer.status_code == 401
    assert 'value="paul"' in answer.text
    assert "not this one" not in answer.text


def test_signing_out_ends_the_session(pages: Pages) -> None:
    client = pages.of("alba")
    cookies = dict(client.cookies)
    client.post("/sign-out", data={"csrf": token_in(client.get("/queue").text)})
    client.cookies.update(cookies)
    assert client.get("/queue").status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": ""},
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_another_site_changes_nothing(
    olaf: TestClient, case: str, form: str, headers: dict[str, str]
) -> None:
    html = olaf.get(f"/queue/{case}").text
    fields = {"csrf": token_in(html), "version": version_in(html), "choice": "approve", "reason": "forged by a page"}
    answer = olaf.post(f"/queue/{case}/{form}", data=fields, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("form", FORMS)
def test_a_form_without_the_token_or_its_headers_changes_nothing(pages: Pages, case: str, form: str) -> None:
    client, place = pages.of("olaf"), f"/queue/{case}/{form}"
    version = version_in(client.get(f"/queue/{case}").text)
    fields = {"version": version, "choice": "approve", "reason": "without a token"}
    assert client.post(place, data=fields).status_code == 403
    assert client.post(place, data={**fields, "csrf": "0" * 64}).status_code == 403
    for name in ("Origin", "Sec-Fetch-Site"):
        del client.headers[name]
    token = token_in(client.get(f"/queue/{case}").text)
    assert client.post(place, data={**fields, "csrf": token}).status_code == 403
    assert pages.engine.review(case)["state"] == "open"


@pytest.mark.parametrize("name", [None, *PEOPLE])
def test_a_page_is_kept_nowhere_and_lets_nothing_foreign_in(pages: Pages, name: str | None) -> None:
    client = pages.of(name) if name else pages.stranger()
    for place in [*PLACES, "/sign-in", "/nowhere", "/queue/nothing-here"]:
        answer = client.get(place, headers={"Accept": "text/html"})
        policy = answer.headers.get("Content-Security-Policy", "")
        assert answer.headers["Cache-Control"] == "no-store", place
        assert answer.headers["X-Content-Type-Options"] == "nosniff", place
        if answer.is_redirect:
            continue
        assert "Cookie" in answer.headers["Vary"], place
        assert answer.headers["Referrer-Policy"] == "same-origin", place
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'"), place
        assert "object-src 'none'; base-uri 'none'; frame-ancestors 'none'" in policy, place
        assert "require-trusted-types-for 'script'; trusted-types remit" in policy, place


def test_the_script_and_the_style_are_kept_for_good_under_the_hash_of_their_content(pages: Pages) -> None:
    html, client = pages.stranger().get("/sign-in").text, pages.stranger()
    for address in {part.split('"')[0] for part in html.split('"/static/')[1:]}:
        answer = client.get(f"/static/{address}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/remit.000000000000.css").status_code == 404


def test_a_page_that_is_not_there_is_a_page_and_the_api_keeps_its_problems(pages: Pages) -> None:
    client = pages.of("olaf")
    assert "There is no such page" in client.get("/nowhere", headers={"Accept": "text/html"}).text
    assert client.get("/v1/nowhere", headers={"Accept": "text/html"}).json()["status"] == 404
    assert client.get("/queue/nothing-here").status_code == 404


@pytest.fixture(scope="module")
def olaf(pages: Pages) -> TestClient:
    return pages.of("olaf")


@pytest.fixture(scope="module")
def case(pages: Pages) -> str:
    return pages.review(amount_cents=LARGE, request_id="R-forged")


def _names(dependant: object) -> Iterator[str]:
    for each in getattr(dependant, "dependencies", ()):
        yield getattr(each.call, "__name__", "")
        yield from _names(each)
