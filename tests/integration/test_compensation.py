"""What was carried out is undone only by what its connector declares, once, and for another than the requester."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from remit.adapters.connectors import PackConnectors
from remit.cli import doctor_checks
from remit.core.errors import Conflict, Corrupted, InputError, NotFound, Refused
from remit.core.words import Actor
from remit.service.recover import compensating
from remit.service.reviews.compensate import carry_on_compensation, compensate
from remit.service.work.owed import Compensate

SMALL, LARGE = 5_000, 200_000
PAID, BACK = ("pay", SMALL), ("pay back", -SMALL)
OTTO, OLGA = Actor("otto", roles=("officer",)), Actor("olga", roles=("officer",))
WHY = "paid to the wrong account"


def undo(desk: Any, of: str, by: Actor = OTTO, reason: str = WHY) -> dict[str, Any]:
    done: dict[str, Any] = compensate(desk.engine.services, of, by, reason)
    return done


def recover(desk: Any) -> None:
    for decision_id in compensating(desk.engine.services):
        carry_on_compensation(desk.engine.services, decision_id)


def compensation(desk: Any, decision_id: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.engine.explain(decision_id)["compensation"]
    return found


def test_an_executed_action_is_undone_under_a_key_of_its_own_and_the_decision_stays_executed(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    done = undo(desk, decision_id)
    assert (done["status"], done["compensation"]["state"], desk.booked()) == ("executed", "confirmed", [PAID, BACK])
    told = desk.engine.explain(decision_id)
    assert (told["status"], told["effect"]["state"]) == ("executed", "confirmed")
    assert told["compensation"]["idempotency_key"] != told["effect"]["idempotency_key"]
    assert [told["compensation"][name] for name in ("connector", "by", "role", "reason")] == [
        "pay_back",
        "otto",
        "officer",
        WHY,
    ]


def test_the_ledger_has_the_intent_before_the_attempt_and_says_who_asked(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    undo(desk, decision_id)
    said = [event.draft for event in desk.engine.events_of(decision_id)][-3:]
    steps = ["effect.compensation_planned", "effect.compensation_attempted", "effect.compensated"]
    assert ([draft.type for draft in said], {draft.actor for draft in said}) == (steps, {OTTO})
    assert desk.is_sound()
    assert desk.engine.verify_records() == (1, [])


def test_a_review_names_its_decision_and_the_approver_may_undo_it(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    undo(desk, waiting["review_id"])
    assert desk.booked() == [("pay", LARGE), ("pay back", -LARGE)]


def test_it_is_asked_for_once(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    undo(desk, decision_id)
    with pytest.raises(Conflict, match=r"otto has asked to undo .* confirmed"):
        undo(desk, decision_id, OLGA)
    assert desk.booked() == [PAID, BACK]


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (Actor("ana", roles=("officer",)), "requested this decision"),
        (Actor("otto", roles=("clerk",)), "none of the roles"),
        (Actor("bot", "app", ("officer",)), "is no person"),
    ],
)
@pytest.mark.parametrize("amount", [SMALL, LARGE])
def test_who_may_not_review_it_may_not_undo_it(desk: Any, by: Actor, why: str, amount: int) -> None:
    result = desk.decide(amount_cents=amount)
    if amount == LARGE:
        desk.vote(result["review_id"])
    with pytest.raises(Refused, match=why):
        undo(desk, result["decision_id"], by)
    assert (len(desk.booked()), compensation(desk, result["decision_id"])) == (1, None)


def test_what_declares_nothing_that_undoes_it_is_not_undone(desk: Any) -> None:
    decision_id = desk.decide(kind="order")["decision_id"]
    with pytest.raises(Refused, match="`order` declares nothing"):
        undo(desk, decision_id)
    assert "effect.compensation_planned" not in desk.history(decision_id)


@pytest.mark.parametrize("changes", [{"kind": "advice"}, {"amount_cents": LARGE}, {"amount_cents": 2_000_000}])
def test_what_was_not_carried_out_is_not_undone(desk: Any, changes: dict[str, Any]) -> None:
    with pytest.raises(Conflict, match="nothing was carried out"):
        undo(desk, desk.decide(**changes)["decision_id"])


def test_an_action_that_failed_is_not_undone(desk: Any) -> None:
    desk.mode("refuse")
    with pytest.raises(Conflict, match="nothing was carried out"):
        undo(desk, desk.decide()["decision_id"])


def test_it_needs_a_reason_and_something_that_is_there(desk: Any) -> None:
    with pytest.raises(InputError):
        undo(desk, desk.decide()["decision_id"], reason=" ")
    with pytest.raises(NotFound):
        undo(desk, "nothing")


@pytest.mark.parametrize(
    ("kind", "mode", "state", "attempts", "times"),
    [
        ("payment", "refuse", "failed", 1, 0),
        ("payment", "late", "confirmed", 1, 1),
        ("payment", "down,late", "confirmed", 2, 1),
        ("payment", "down", "in_doubt", 3, 0),
        ("payment", "late blind", "in_doubt", 1, 1),
        ("wire", "late", "in_doubt", 1, 1),
        ("wire", "down", "in_doubt", 1, 0),
    ],
)
def test_it_happens_at_most_once_and_is_never_guessed(
    desk: Any, kind: str, mode: str, state: str, attempts: int, times: int
) -> None:
    decision_id = desk.decide(kind=kind)["decision_id"]
    desk.mode(mode)
    undone = undo(desk, decision_id)["compensation"]
    assert (undone["state"], undone["attempts"], len(desk.booked())) == (state, attempts, 1 + times)
    assert desk.engine.explain(decision_id)["status"] == "executed"
    assert desk.is_sound()


CRASHES = ["effect.compensation_planned", "effect.compensation_attempted", "die_before", "die_after"]


@pytest.mark.parametrize("crash", CRASHES)
def test_what_a_crash_cut_off_is_asked_about_and_carried_on_once(desk: Any, processes: Any, crash: str) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.mode(crash if crash.startswith("die") else "ok")
    desk.close()
    died = processes.start("undo", desk, die_after="" if crash.startswith("die") else crash, of=decision_id)
    assert died.wait() == -9
    desk.mode("ok")
    recover(desk)
    recover(desk)
    assert (desk.booked(), compensating(desk.engine.services)) == ([PAID, BACK], [])
    assert compensation(desk, decision_id)["state"] == "confirmed"


def test_a_workers_chore_carries_on_what_is_in_doubt_ever_more_seldom(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.mode("late blind")
    undo(desk, decision_id)
    chore = Compensate(desk.engine.services)
    assert [chore.run(desk.clock.now()) for _ in range(4)] == [0] * 4
    desk.mode("ok")
    assert sum(chore.run(desk.clock.now()) for _ in range(4)) == 1
    assert (desk.booked(), desk.history(decision_id)[-1]) == ([PAID, BACK], "effect.compensated")


@pytest.mark.parametrize(
    "burglary",
    [
        "UPDATE effect SET connector = 'wire' WHERE kind = 'compensation'",
        "UPDATE effect SET action = 'wire' WHERE kind = 'compensation'",
        "UPDATE effect SET \"by\" = NULL WHERE kind = 'compensation'",
        ("effect.args", '"amount_cents":5000', '"amount_cents":999999'),
        ("effect.args", '"booked":5000', '"booked":999999'),
        ("decision.judgement", "routine", "routone"),
    ],
)
def test_what_would_undo_something_else_is_not_carried_out(desk: Any, processes: Any, burglary: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.close()
    assert processes.start("undo", desk, die_after="effect.compensation_planned", of=decision_id).wait() == -9
    desk.sql(burglary) if isinstance(burglary, str) else desk.forge(*burglary)
    with pytest.raises(Corrupted):
        recover(desk)
    assert desk.booked() == [PAID]


def test_nobody_is_erased_while_an_action_is_about_to_be_undone(desk: Any, processes: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.close()
    assert processes.start("undo", desk, die_after="effect.compensation_planned", of=decision_id).wait() == -9
    with pytest.raises(Refused, match="under way"):
        desk.engine.safekeeping.erase("R-1", "Asked for it.", OLGA)
    recover(desk)
    assert desk.engine.safekeeping.erase("R-1", "Asked for it.", OLGA)["decisions"] == [decision_id]


def test_what_was_undone_goes_with_the_subject(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    undo(desk, decision_id)
    assert desk.sql("SELECT count(*) FROM effect WHERE args LIKE '%amount_cents%' OR result LIKE '%booked%'") == [(0,)]
    desk.engine.safekeeping.erase("R-1", "Asked for it.", OLGA)
    assert desk.sql("SELECT args, result, error FROM effect") == [("", None, None)] * 2
    assert compensation(desk, decision_id)["state"] == "confirmed"


def test_what_stays_in_doubt_keeps_nobody_from_being_erased_and_is_left_alone_then(desk: Any) -> None:
    decision_id = desk.decide(kind="wire")["decision_id"]
    desk.mode("down")
    undo(desk, decision_id)
    desk.engine.safekeeping.erase("R-1", "Asked for it.", OLGA)
    assert compensating(desk.engine.services) == []
    assert carry_on_compensation(desk.engine.services, decision_id).state == "in_doubt"


def test_a_case_is_kept_while_its_action_is_about_to_be_undone(desk: Any, processes: Any) -> None:
    desk.edit("pack.yaml", "    autonomy: act\n", "    autonomy: act\n    retention: {class: desk, keep_days: 30}\n")
    decision_id = desk.decide()["decision_id"]
    desk.close()
    assert processes.start("undo", desk, die_after="effect.compensation_planned", of=decision_id).wait() == -9
    desk.clock.advance(timedelta(days=31))
    assert desk.engine.safekeeping.apply_retention(OLGA) == []
    recover(desk)
    assert [case.decision_id for case in desk.engine.safekeeping.apply_retention(OLGA)] == [decision_id]


def test_the_doctor_carries_it_on_and_says_so(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    decision_id = desk.decide()["decision_id"]
    desk.mode("late blind")
    undo(desk, decision_id)
    engine = desk.engine
    monkeypatch.setattr(doctor_checks, "Engine", lambda: contextlib.nullcontext(engine))
    assert [check.state for check in doctor_checks.examine() if check.name == "compensations"] == ["warn"]
    desk.mode("ok")
    assert list(doctor_checks.recover_all()) == [(decision_id, "compensation: confirmed")]
    assert [check.state for check in doctor_checks.examine() if check.name == "compensations"] == ["ok"]


def test_of_many_who_ask_at_once_one_is_first_and_it_is_undone_once(desk: Any) -> None:
    decision_id = desk.decide()["decision_id"]
    racers = [Actor(f"officer-{number}", roles=("officer",)) for number in range(8)]

    def run(racer: Actor) -> str:
        try:
            return str(undo(desk, decision_id, racer)["compensation"]["state"])
        except Conflict as error:
            return error.message.split(":")[0]

    with ThreadPoolExecutor(len(racers)) as pool:
        said = list(pool.map(run, racers))
    winner = compensation(desk, decision_id)["by"]
    lost = f"{winner} has asked to undo decision {decision_id} already"
    assert sorted(said) == sorted(["confirmed", *[lost] * 7])
    assert desk.booked() == [PAID, BACK]


def test_what_is_erased_meanwhile_is_not_undone(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    decision_id = desk.decide()["decision_id"]
    looked = PackConnectors.compensation

    def erased_meanwhile(connectors: PackConnectors, effect: Any) -> str | None:
        desk.engine.safekeeping.erase("R-1", "Asked for it.", OLGA)
        return looked(connectors, effect)

    monkeypatch.setattr(PackConnectors, "compensation", erased_meanwhile)
    with pytest.raises(Conflict, match="was erased"):
        undo(desk, decision_id)
    assert desk.booked() == [PAID]
