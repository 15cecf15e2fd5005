"""What a contract obliges to is recorded with the commit, done at least once, and never undoes the action."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.conftest import ANA

from remit.core.errors import Corrupted
from remit.service.recover import owing
from remit.service.runs import fulfil
from remit.service.work.owed import Fulfil

SMALL, LARGE = 5_000, 200_000
TELL = "obligations:\n  - {when: case.kind != 'advice', do: notify, to: auditor}\nrules:\n"


@pytest.fixture
def obliged(desk: Any) -> Any:
    """The desk, where an auditor is told of every payment, wire and order."""
    desk.edit("policy.yaml", "rules:\n", TELL)
    return desk


def mode(desk: Any, word: str) -> None:
    """How telling somebody goes from now on; see the pack's connectors.py."""
    (desk.home / "systems").mkdir(exist_ok=True)
    (desk.home / "systems" / "notify-mode").write_text(word, "utf-8")


def notes(desk: Any) -> list[list[str]]:
    """Every note that was written: key, to whom, action, amount."""
    path = desk.home / "systems" / "notes.txt"
    return [line.split() for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def states(desk: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = desk.sql("SELECT recipient, state, attempts FROM obligation ORDER BY recipient")
    return rows


def recover(desk: Any) -> None:
    for decision_id in desk.engine.unfinished():
        desk.engine.carry_on(decision_id)
    for decision_id in owing(desk.engine.services):
        fulfil(desk.engine.services, decision_id)


def test_somebody_is_told_after_the_action_and_the_result_says_so(obliged: Any) -> None:
    result = obliged.decide()
    (told,) = result["obligations"]
    assert (told["do"], told["to"], told["state"], told["attempts"]) == ("notify", "auditor", "fulfilled", 1)
    assert (told["result"], told["error"]) == ({"noted": "auditor"}, None)
    assert notes(obliged) == [[told["idempotency_key"], "auditor", "pay", "5000"]]
    assert obliged.engine.explain(result["decision_id"])["obligations"] == [told]


@pytest.mark.parametrize("amount", [SMALL, LARGE], ids=["acted on", "waits for a person"])
def test_who_asks_is_told_the_whole_result_by_the_unit_of_work_that_settles_it(obliged: Any, amount: int) -> None:
    heard: list[dict[str, Any]] = []
    result = obliged.engine.decide(
        str(obliged.pack), obliged.case(amount_cents=amount), ANA, tell=lambda _, told: heard.append(told)
    )
    # On PostgreSQL an event gets its place in the ledger a moment later: there may be nothing whole to tell inside.
    assert heard == [result] or (obliged.url is not None and not heard)


def test_the_ledger_has_it_with_the_commit_and_when_it_is_done(obliged: Any) -> None:
    history = obliged.history(obliged.decide()["decision_id"])
    assert history.index("obligation.recorded") == history.index("effect.planned") + 1
    assert history[-2:] == ["decision.executed", "obligation.fulfilled"]
    assert obliged.is_sound()


CRASHES = ["effect.planned", "effect.attempted", "effect.confirmed", "decision.executed", "die_after"]


@pytest.mark.parametrize("crash", CRASHES)
def test_what_a_crash_left_pending_is_done_later_under_the_same_key(obliged: Any, processes: Any, crash: str) -> None:
    mode(obliged, "die_after" if crash == "die_after" else "ok")
    assert processes.decide(obliged, die_after="" if crash == "die_after" else crash).wait() == -9
    mode(obliged, "ok")
    assert states(obliged) == [("auditor", "pending", 0)]
    recover(obliged)
    assert (states(obliged), owing(obliged.engine.services)) == ([("auditor", "fulfilled", 1)], [])
    assert len({key for key, *_ in notes(obliged)}) == 1
    assert len(notes(obliged)) == (2 if crash == "die_after" else 1)
    assert obliged.booked() == [("pay", SMALL)]


def test_one_that_fails_undoes_nothing_and_is_tried_again(obliged: Any) -> None:
    mode(obliged, "down")
    result = obliged.decide()
    (pending,) = result["obligations"]
    assert (result["status"], obliged.booked()) == ("executed", [("pay", SMALL)])
    assert (pending["state"], pending["error"]) == ("pending", "ConnectionError: nobody answers")
    recover(obliged)
    assert states(obliged) == [("auditor", "pending", 2)]
    mode(obliged, "ok")
    recover(obliged)
    assert (states(obliged), len(notes(obliged))) == ([("auditor", "fulfilled", 3)], 1)
    tries = [name for name in obliged.history(result["decision_id"]) if name.startswith("obligation.")]
    assert tries == ["obligation.recorded", "obligation.failed", "obligation.failed", "obligation.fulfilled"]


def test_one_that_was_done_without_an_answer_is_done_again_under_its_key(obliged: Any) -> None:
    mode(obliged, "late")
    obliged.decide()
    mode(obliged, "ok")
    recover(obliged)
    assert len(notes(obliged)) == 2
    assert len({key for key, *_ in notes(obliged)}) == 1


@pytest.mark.parametrize(
    ("fate", "status", "state"),
    [("refuse", "failed", "void"), ("late blind", "failed", "pending"), ("late", "executed", "fulfilled")],
)
def test_nobody_is_told_of_an_action_that_was_not_or_may_not_have_been_carried_out(
    obliged: Any, fate: str, status: str, state: str
) -> None:
    obliged.mode(fate)
    result = obliged.decide()
    assert (result["status"], result["obligations"][0]["state"]) == (status, state)
    recover(obliged)
    assert len(notes(obliged)) == (state == "fulfilled")
    assert ("obligation.voided" in obliged.history(result["decision_id"])) is (state == "void")


def test_nothing_is_owed_before_a_person_approves_nor_after_they_reject(obliged: Any) -> None:
    first, second = (obliged.decide(request_id=name, amount_cents=LARGE) for name in ("R-1", "R-2"))
    assert (states(obliged), "obligations" in first) == ([], False)
    obliged.vote(first["review_id"], choice="reject")
    decision = obliged.vote(second["review_id"])["decision"]
    assert [each["state"] for each in decision["obligations"]] == ["fulfilled"]
    assert [amount for *_, amount in notes(obliged)] == [str(LARGE)]


def test_a_denied_case_owes_nothing(obliged: Any) -> None:
    assert (obliged.decide(amount_cents=2_000_000)["status"], states(obliged)) == ("denied", [])


def test_what_two_conditions_oblige_to_is_owed_once(obliged: Any) -> None:
    twice = "  - {when: 'true', do: notify, to: auditor}\n  - {when: 'true', do: notify, to: boss}\nrules:\n"
    obliged.edit("policy.yaml", "rules:\n", twice)
    obliged.decide()
    assert states(obliged) == [("auditor", "fulfilled", 1), ("boss", "fulfilled", 1)]


@pytest.mark.parametrize(("autonomy", "owed"), [("act", 1), ("advise", 0)])
def test_only_a_pack_that_acts_owes_anything(obliged: Any, autonomy: str, owed: int) -> None:
    obliged.edit("policy.yaml", "case.kind != 'advice'", "'true'")
    obliged.edit("pack.yaml", "autonomy: act", f"autonomy: {autonomy}")
    obliged.edit("connectors.py", "{duty.args['amount_cents']}", "-")
    assert (obliged.decide(kind="advice")["status"], len(notes(obliged))) == ("advised", owed)


def blind(*_: Any) -> dict[str, Any]:
    """A look at the usage that comes too early to see anything."""
    return {}


def test_what_is_owed_is_what_the_commit_saw(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = "limits: [{id: paid, sum: action.args.amount_cents, per: day, max: 900000, else: deny}]\n"
    desk.edit("policy.yaml", "rules:\n", limit + TELL.replace("case.kind != 'advice'", "usage.paid > 0"))
    assert "obligations" not in desk.decide()
    monkeypatch.setattr("remit.agents.guard.usage_of", blind)
    assert [each["state"] for each in desk.decide(request_id="R-2")["obligations"]] == ["fulfilled"]
    monkeypatch.undo()
    assert all(replayed.same for replayed in desk.engine.replay_all())


@pytest.mark.parametrize(
    "burglary",
    [
        "UPDATE obligation SET recipient = 'burglar'",
        "UPDATE obligation SET duty = 'another'",
        "UPDATE obligation SET key = 'another'",
        ("decision.judgement", "auditor", "burglar"),
    ],
)
def test_what_is_owed_and_was_not_judged_is_not_done(obliged: Any, burglary: str | tuple[str, str, str]) -> None:
    mode(obliged, "down")
    decision_id = obliged.decide()["decision_id"]
    mode(obliged, "ok")
    obliged.sql(burglary) if isinstance(burglary, str) else obliged.forge(*burglary)
    with pytest.raises(Corrupted):
        fulfil(obliged.engine.services, decision_id)
    assert notes(obliged) == []


def test_it_is_done_by_the_pack_that_decided(obliged: Any) -> None:
    mode(obliged, "down")
    obliged.decide()
    obliged.edit("connectors.py", "{duty.to} {duty.action}", "somebody-else {duty.action}")
    mode(obliged, "ok")
    recover(obliged)
    assert [to for _, to, *_ in notes(obliged)] == ["auditor"]


def test_a_workers_chore_tries_what_is_owed_again_ever_more_seldom(obliged: Any) -> None:
    mode(obliged, "down")
    result = obliged.decide()
    chore = Fulfil(obliged.engine.services)
    assert [chore.run(obliged.clock.now()) for _ in range(8)] == [0] * 8
    assert states(obliged) == [("auditor", "pending", 1 + 3)]
    mode(obliged, "ok")
    assert sum(chore.run(obliged.clock.now()) for _ in range(8)) == 1
    assert obliged.history(result["decision_id"])[-1] == "obligation.fulfilled"
