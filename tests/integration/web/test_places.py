"""The places beside the queue: who finds what there, what is done from there, and what is held back."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tests.integration.conftest import ANA, LARGE, SMALL
from tests.integration.web.conftest import Pages, pages_in, token_in

from remit.core.system import FixedClock
from remit.service.dashboard import dashboard

EVERYBODY = ("ann", "olaf", "paul", "alba", "ada2")


@pytest.mark.parametrize(
    ("place", "open_to"),
    [
        ("/dashboards", {"ann", "paul", "alba", "ada2"}),
        ("/dashboards?pack=desk&days=7", {"ann", "paul", "alba", "ada2"}),
        ("/policies", {"ann", "olaf", "paul", "alba"}),
        ("/policies/desk/desk.request", {"ann", "olaf", "paul", "alba"}),
        ("/policies/desk/desk.request/propose", {"paul"}),
        ("/packs", set(EVERYBODY)),
        ("/packs/desk", set(EVERYBODY)),
        ("/learning", {"ann", "paul", "alba", "ada2"}),
        ("/learning/desk", {"ann", "paul", "alba", "ada2"}),
        ("/ledger", set(EVERYBODY)),
        ("/ledger/proof?of=0", {"alba"}),
        ("/admin", {"ada2"}),
    ],
)
def test_each_place_opens_to_those_whose_roles_open_it(pages: Pages, place: str, open_to: set[str]) -> None:
    pages.review(amount_cents=200_000, request_id="R-places")
    found = {name: pages.of(name).get(place).status_code for name in EVERYBODY}
    assert found == {name: 200 if name in open_to else 403 for name in EVERYBODY}


def test_the_rail_names_only_what_opens(pages: Pages) -> None:
    shown = re.findall(r'<a href="(/[a-z]+)"', pages.of("ada2").get("/packs").text)
    assert shown == ["/dashboards", "/packs", "/learning", "/ledger", "/admin"]
    assert ["/policies/" in pages.of(name).get("/packs/desk").text for name in ("ann", "ada2")] == [True, False]


def test_a_dashboard_counts_what_was_decided_and_who_was_asked(pages: Pages) -> None:
    pages.review(amount_cents=200_000, request_id="R-counted")
    html = pages.of("ann").get("/dashboards?pack=desk&days=7").text
    counted = int(re.search(r"Decisions in 7 days</p>\s*<b>(\d+)</b>", html)[1])  # type: ignore[index]
    with pages.engine.services.store.read() as unit:
        assert counted == len(unit.decisions.ids())
    assert "Why people were asked, by rule" in html
    assert '<polyline class="ln"' in html
    assert "style=" not in html


@pytest.mark.parametrize(
    ("name", "leads_to"),
    [
        ("ann", {"/decisions", "/learning", "/ledger"}),
        ("paul", {"/learning", "/ledger"}),
        ("alba", {"/decisions", "/queue", "/learning", "/ledger"}),
        ("ada2", {"/learning", "/ledger"}),
    ],
)
def test_a_figure_leads_only_where_its_reader_may_go(pages: Pages, name: str, leads_to: set[str]) -> None:
    html = pages.of(name).get("/dashboards").text
    assert set(re.findall(r'class="kpi" href="(/[a-z]+)', html)) == leads_to


def test_a_figure_of_one_pack_leads_to_that_pack(pages: Pages) -> None:
    html = pages.of("alba").get("/dashboards?pack=desk&days=7").text
    found = re.findall(r'class="kpi" href="(/[^"]+)"', html)
    assert [link.replace("&amp;", "&").partition("&since")[0] for link in found] == [
        "/decisions?pack=desk",
        "/decisions?pack=desk",
        "/queue?kind=desk.request",
        "/learning/desk",
        "/ledger",
    ]


def test_a_dashboard_shows_what_the_pack_declares_with_targets_lines_and_tables(pages: Pages) -> None:
    case = {"request_id": "R-figures", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
    pages.engine.decide("desk", {**case, "amount_cents": SMALL}, ANA)
    a_minute_later(pages)
    html = pages.of("ann").get("/dashboards?pack=desk&days=7").text
    tile = re.search(r'<p>Cost per request</p>\s*<b>([^<]+)</b>.*?<span class="down">([^<]+)</span>', html, re.S)
    assert tile
    assert tile[1].endswith(" cents")
    assert tile[2] == "not at most 4 cents: look now"
    assert "Cost per request, cents: the values stand in the table below" in html
    assert "at most 4 cents</text>" in html
    assert re.search(r"Loss rate<p class=\"mut\">Share that is not settled\. Decided .* have not matured\.", html)
    assert ">nothing yet</td>" in html


def test_all_packs_are_listed_with_what_they_declare(pages: Pages) -> None:
    html = pages.of("ann").get("/dashboards").text
    assert "Figures that the packs declare" in html
    assert {"credit", "quality", "receivables", "desk"} <= set(re.findall(r"pack=(\w+)\">\1</a>", html))


def test_only_who_may_see_reviewers_does(pages: Pages) -> None:
    assert "<h2>Reviewers</h2>" in pages.of("alba").get("/dashboards").text
    assert "<h2>Reviewers</h2>" not in pages.of("ann").get("/dashboards").text


def test_a_contract_is_checked_proposed_and_put_in_force_by_somebody_else(pages: Pages) -> None:
    paul = pages.of("paul")
    place = "/policies/desk/desk.request/propose"
    html = paul.get(place).text
    text = pages.engine.services.pack("desk").files.text("policy.yaml")
    assert text is not None
    broken = paul.post(place, data={"csrf": token_in(html), "text": text + "\nwrong: [", "do": "check"})
    assert broken.status_code == 422
    assert "wrong: [" in broken.text, "what was typed is not lost"
    longer = re.sub(r"(reason: .*)", r"\1 As ever.", text, count=1).replace("version: 1", "version: 2", 1)
    made = paul.post(place, data={"csrf": token_in(html), "text": longer, "reason": "a clearer reason"})
    assert made.status_code == 303, made.text
    change = paul.get(made.headers["location"])
    assert "somebody else decides it" in change.text
    assert '<span class="add">' in change.text
    own = paul.post(f"{made.headers['location']}/activate", data={"csrf": token_in(change.text), "reason": "mine"})
    assert own.status_code == 403
    rejected = pages.of("paul").post(f"{made.headers['location']}/reject", data={"csrf": "0" * 64, "reason": "x"})
    assert rejected.status_code == 403, "another session's token does not do"


def test_the_ledger_is_verified_from_its_page(pages: Pages) -> None:
    pages.review(amount_cents=200_000, request_id="R-verified")
    alba = pages.of("alba")
    html = alba.get("/ledger").text
    assert "decision.received" in html
    assert "The ledger is sound" in alba.post("/ledger/verify", data={"csrf": token_in(html)}).text
    assert "decision.received" not in pages.of("ann").get("/ledger").text


def test_a_new_key_is_shown_once(pages: Pages) -> None:
    ada = pages.of("ada2")
    token = token_in(ada.get("/admin").text)
    added = ada.post("/admin/users", data={"csrf": token, "name": "shop9", "kind": "app", "roles": "clerk"})
    assert added.status_code == 303, added.text
    made = ada.post("/admin/keys", data={"csrf": token, "account": "shop9", "scopes": "decisions:read", "days": "9"})
    assert "remit_" in made.text
    key_id = re.search(r"/admin/keys/([0-9A-Z]+)/revoke", made.text)
    assert key_id is not None
    assert "remit_" not in ada.get("/admin").text
    assert ada.post(f"/admin/keys/{key_id[1]}/revoke", data={"csrf": token}).status_code == 303
    assert "/revoke" not in ada.get("/admin").text


def test_what_somebody_typed_is_never_markup(pages: Pages) -> None:
    ada = pages.of("ada2")
    token = token_in(ada.get("/admin").text)
    probe = "<img src=x onerror=alert(1)>"
    wrong = ada.post("/admin/users", data={"csrf": token, "name": probe, "kind": "user", "roles": "analyst"})
    assert wrong.status_code == 400
    assert probe not in wrong.text


def test_counts_are_of_now_and_what_cases_are_opened_for_is_of_the_last_minute(tmp_path: Path) -> None:
    with pages_in(tmp_path) as pages:
        services = pages.engine.services
        before = dashboard(services, days=7)
        pages.review(amount_cents=LARGE)
        soon = dashboard(services, days=7)
        assert (before["waiting"], soon["waiting"], soon["total"]["decisions"]) == (0, 1, 1)
        assert (soon["reasons"], soon["measured_at"]) == ([], before["measured_at"])
        a_minute_later(pages)
        assert dashboard(services, days=7)["reasons"] != []


def a_minute_later(pages: Pages) -> None:
    assert isinstance(pages.engine.clock, FixedClock)
    pages.engine.clock.advance(timedelta(minutes=1))
