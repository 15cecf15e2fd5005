"""The Python client on the real application."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.integration.api.conftest import Known
from tests.integration.api.lines import FATES, speaks, speaks_awaited
from tests.integration.conftest import LARGE, SMALL

from remit.api.app import create_app
from remit.client import (
    CaseRejected,
    Decision,
    Forbidden,
    KeyReused,
    NoAnswer,
    NotFound,
    NotSound,
    Stale,
    Unauthenticated,
    verify_proof,
)
from remit.wiring import Engine

_numbers = itertools.count(1)


def case(**changes: Any) -> dict[str, Any]:
    usual = {"request_id": f"C-{next(_numbers)}", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1}
    return {**usual, "amount_cents": SMALL, **changes}


def engine_of(app: TestClient) -> Engine:
    engine: Engine = app.app.state.engine  # type: ignore[attr-defined]
    return engine


def ask_for(app: TestClient, **changes: Any) -> Decision:
    with speaks(app, "shop") as remit:
        return remit.decide("desk", case(**changes))


def test_a_case_is_decided(shared: TestClient) -> None:
    decision = ask_for(shared)
    assert (decision.status, decision.is_final, decision.waits_for_people) == ("executed", True, False)
    assert decision.action == {"name": "pay", "args": {"amount_cents": SMALL}}


@pytest.mark.parametrize("fate", FATES)
def test_a_case_is_decided_once_wherever_the_line_breaks(shared: TestClient, fate: str) -> None:
    said = case()
    with speaks(shared, "shop", fate, fate) as remit:
        decision = remit.decide("desk", said, idempotency_key=f"once-{fate}")
        again = remit.decide("desk", said, idempotency_key=f"once-{fate}")
    assert again.raw == decision.raw
    assert decision.status == "executed"


@pytest.mark.parametrize("fate", FATES)
def test_the_awaited_client_decides_once_wherever_the_line_breaks(shared: TestClient, fate: str) -> None:
    async def decided() -> tuple[Decision, Decision]:
        said = case()
        async with speaks_awaited(shared, "shop", fate) as remit:
            first = await remit.decide("desk", said, idempotency_key=f"awaited-{fate}")
            return first, await remit.get(first.decision_id)

    first, stands = asyncio.run(decided())
    assert (first.status, stands.decision_id) == ("executed", first.decision_id)


def test_broken_lines_have_booked_every_payment_once(engine: Engine) -> None:
    with TestClient(create_app(engine, Known())) as app:
        for fate in FATES:
            with speaks(app, "shop", fate, fate, fate) as remit:
                remit.decide("desk", case())
    with contextlib.closing(sqlite3.connect(engine.home / "systems" / "book.db")) as book:
        assert book.execute("SELECT count(*) FROM entry").fetchone() == (len(FATES),)


def test_a_key_that_was_used_for_another_case_is_refused(shared: TestClient) -> None:
    with speaks(shared, "shop") as remit:
        remit.decide("desk", case(), idempotency_key="taken")
        with pytest.raises(KeyReused):
            remit.decide("desk", case(), idempotency_key="taken")


def test_a_case_that_does_not_fit_says_where(shared: TestClient) -> None:
    with speaks(shared, "shop") as remit, pytest.raises(CaseRejected) as refused:
        remit.decide("desk", case(amount_cents=0))
    assert [each["field"] for each in refused.value.violations] == ["amount_cents"]


@pytest.mark.parametrize(("who", "error"), [("nobody", Unauthenticated), ("adam", Forbidden)])
def test_who_may_not_ask_is_told_so(shared: TestClient, who: str, error: type[Exception]) -> None:
    with speaks(shared, who) as remit, pytest.raises(error):
        remit.decide("desk", case())


def test_another_apps_decision_is_not_found(shared: TestClient) -> None:
    decision = ask_for(shared)
    with speaks(shared, "till") as remit, pytest.raises(NotFound):
        remit.get(decision.decision_id)


def test_what_is_handed_over_is_accepted_at_once(shared: TestClient) -> None:
    with speaks(shared, "shop") as remit:
        assert remit.decide_later("desk", case()).status == "received"


def test_a_list_goes_on_over_its_pages(shared: TestClient) -> None:
    asked = {ask_for(shared).decision_id for _ in range(5)}
    with speaks(shared, "shop") as remit:
        found = [each.decision_id for each in remit.list(limit=2, pack="desk")]
    assert asked <= set(found)
    assert len(found) == len(set(found))


def test_a_decision_is_explained(shared: TestClient) -> None:
    decision = ask_for(shared)
    with speaks(shared, "shop") as remit:
        assert remit.explanation(decision.decision_id)["decision_id"] == decision.decision_id


def test_a_proof_holds_on_this_side_of_the_line(shared: TestClient) -> None:
    decision = ask_for(shared)
    key = engine_of(shared).ledger_keys.anchor().text
    with speaks(shared, "shop") as remit:
        proof = remit.proof(decision.decision_id)
    assert "that were signed" in verify_proof(proof, key)
    forged = json.loads(json.dumps(proof).replace("executed", "rejected").replace("confirmed", "undoubted"))
    with pytest.raises(NotSound):
        verify_proof(forged, key)


def test_a_review_is_approved_on_the_version_that_was_seen(shared: TestClient) -> None:
    waiting = ask_for(shared, amount_cents=LARGE)
    assert waiting.review_id is not None
    with speaks(shared, "olaf") as remit:
        assert waiting.review_id in {each.review_id for each in remit.reviews.list(decision="desk.request")}
        seen = remit.reviews.show(remit.reviews.claim(waiting.review_id).review_id)
        done = remit.reviews.approve(seen, "the invoice is at hand")
    assert (done.state, done.status) == ("approved", "executed")
    with speaks(shared, "shop") as remit:
        assert remit.wait(waiting.decision_id).status == "executed"


def test_a_word_on_a_version_that_is_past_is_stale(shared: TestClient) -> None:
    review_id = ask_for(shared, amount_cents=LARGE).review_id
    assert review_id is not None
    with speaks(shared, "olaf") as olaf, speaks(shared, "otto") as otto:
        seen = otto.reviews.show(review_id)
        olaf.reviews.ask(review_id, "Which invoice is it?")
        with pytest.raises(Stale) as refused:
            otto.reviews.approve(seen, "fine")
    assert "changed" in refused.value.members


def test_a_word_whose_answer_is_lost_is_not_said_twice(shared: TestClient) -> None:
    review_id = ask_for(shared, amount_cents=LARGE).review_id
    assert review_id is not None
    with speaks(shared, "olaf", "ok", "answer") as remit:
        with pytest.raises(NoAnswer) as lost:
            remit.reviews.reject(review_id, "no invoice")
        assert lost.value.sent
        assert remit.reviews.show(review_id).state == "rejected"


def test_a_review_is_edited_and_put_aside(shared: TestClient) -> None:
    review_id = ask_for(shared, amount_cents=LARGE).review_id
    assert review_id is not None
    with speaks(shared, "olaf") as remit:
        edited = remit.reviews.edit(review_id, {"amount_cents": 150_000}, "as agreed")
        aside = remit.reviews.snooze(review_id, datetime(2026, 11, 2, 14, tzinfo=UTC))
        tried = remit.reviews.show(review_id, what_if={"amount_cents": 5_000})
    assert edited.version < aside.version
    assert "what_if" in tried.raw


def test_an_outcome_that_is_reported_twice_is_one_report(shared: TestClient) -> None:
    decision = ask_for(shared)
    when = datetime(2026, 11, 2, 11, tzinfo=UTC)
    with speaks(shared, "shop", "answer") as remit:
        first = remit.report_outcome(decision.decision_id, "settled", True, when)
        assert remit.report_outcome(decision.decision_id, "settled", True, when) == first


def test_many_cases_are_handed_in_at_once_and_read_row_by_row(shared: TestClient) -> None:
    with speaks(shared, "shop", "answer") as remit:
        batch = remit.batches.hand_in("desk", [case(), case(amount_cents=0), case()])
        assert (batch.rows, remit.batches.get(batch.batch_id).counts) == (3, {"waiting": 3})
        assert [row["row"] for row in remit.batches.results(batch.batch_id)] == [1, 2, 3]


def test_a_pack_says_what_a_case_looks_like(shared: TestClient) -> None:
    with speaks(shared, "shop") as remit:
        assert "desk" in {each["name"] for each in remit.packs()}
        assert remit.pack("desk")["decisions"][0]["name"] == "desk.request"
        assert "amount_cents" in remit.contract("desk")["schema"]["properties"]


def test_documents_are_found_with_how_far_they_are_trusted(shared: TestClient) -> None:
    with speaks(shared, "shop") as remit:
        found = remit.search("desk", "payment limit")
    assert {each.trust for each in found} == {"trusted", "untrusted"}
    assert "payment limit" in found[0].text


def test_a_contract_is_proposed_by_one_and_rejected_by_another(shared: TestClient) -> None:
    with speaks(shared, "paul") as paul, speaks(shared, "pia") as pia:
        [text] = paul.policies.text("desk", "desk.request")["texts"].values()
        changed = text.replace("version: 1", "version: 2").replace("> 1000000", "> 900000")
        assert paul.policies.check("desk", changed)["ok"]
        change = paul.policies.propose("desk", changed, "a lower ceiling")
        assert pia.policies.change(change["change_id"])["state"] == "proposed"
        assert pia.policies.reject(change["change_id"], "not now")["state"] == "rejected"
        assert len(pia.policies.history("desk")["changes"]) == 1
        assert "desk" in {each["pack"] for each in pia.policies.in_force()}
