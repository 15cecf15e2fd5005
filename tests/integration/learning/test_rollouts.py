"""Rollouts on live decisions: a shadow never acts, a canary has its share, and people have the last word."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.integration.learning.conftest import ANA, PIA, PLAN, Bank, card, history, trained

from remit.core.errors import Conflict, InputError, NotFound, Refused
from remit.core.words import Actor
from remit.learning.assignment import arm_of
from remit.learning.holdout import in_holdout
from remit.service.learning.drift import drift_of, tell_drift
from remit.service.learning.gate import run_gate
from remit.service.learning.register import register_candidate
from remit.service.learning.rollout import move_running, roll_back, start_rollout
from remit.service.runs import carry_on, stored_decision
from remit.service.submit import submit

OLGA = Actor("olga", roles=("policy_author",))


class Shelf:
    """A queue that nobody works on."""

    def put(self, decision_id: str) -> None:
        """It lies there."""


@pytest.fixture
def trying(bank: Bank) -> Bank:
    """With a registered challenger in its shadow."""
    good = trained(history()[0][:300])
    services, pack = bank.engine.services, str(bank.pack)
    bank.first = bank.status()["deciding"]
    bank.challenger = register_candidate(services, pack, good.onnx, card(good), PIA)["sha256"]
    start_rollout(services, pack, bank.challenger, PIA, "to look", plan=PLAN, despite_gate=True)
    return bank


def moved(bank: Bank, step: str, who: Actor = OLGA) -> dict[str, Any]:
    return move_running(bank.engine.services, str(bank.pack), step, who, "I want to see it")


def decided_by(bank: Bank, count: int) -> dict[str, str | None]:
    """The model that decided for each of so many new subjects."""
    services = bank.engine.services
    runs = [stored_decision(services, decision_id) for decision_id, _ in bank.decide(count)]
    return {each.run.subject: each.versions.model_sha256 for each in runs}


def comparisons(bank: Bank, step: int = 0) -> list[Any]:
    with bank.engine.services.store.read() as unit:
        rollout = unit.models.running()[0]
        return list(unit.models.comparisons(rollout.id, step, rollout.started_at))


def test_a_shadow_is_compared_and_never_decides(trying: Bank) -> None:
    assert set(decided_by(trying, 5).values()) == {trying.first}
    assert [each.failed for each in comparisons(trying)] == [None] * 5
    assert {each.challenger for each in comparisons(trying)} != {None}


class Raging:
    """A brain of which everything is wrong."""

    name = "raging"

    def propose(self, decision: Any, case: Mapping[str, Any], cites: tuple[str, ...], aids: Any) -> Any:
        raise ZeroDivisionError

    plan = propose


class Delayed:
    """A model's brain that is held up before each of its proposals."""

    name = "delayed"

    def __init__(self, brain: Any, hold_up: Callable[[], None]) -> None:
        self._brain, self._hold_up = brain, hold_up

    def plan(self, decision: Any, case: Mapping[str, Any]) -> Any:
        return self._brain.plan(decision, case)

    def propose(self, decision: Any, case: Mapping[str, Any], cites: tuple[str, ...], aids: Any) -> Any:
        self._hold_up()
        return self._brain.propose(decision, case, cites, aids)


def wait() -> None:
    """As on a machine that is busy with others."""
    time.sleep(0.11)


def compute() -> None:
    """As a model does that is too large."""
    until = time.thread_time() + 0.11
    while time.thread_time() < until:
        pass


@pytest.mark.parametrize(("hold_up", "state"), [(wait, "running"), (compute, "rolled_back")])
def test_a_challenger_goes_back_for_what_it_computes_and_not_for_a_busy_machine(
    trying: Bank, monkeypatch: pytest.MonkeyPatch, hold_up: Callable[[], None], state: str
) -> None:
    models = trying.engine.services.models
    brain_of = models.brain_of
    monkeypatch.setattr(models, "brain_of", lambda *of: Delayed(brain_of(*of), hold_up))
    trying.decide(3)
    assert [each.failed for each in comparisons(trying)] == [None] * 3
    assert trying.look()["state"] == state


def test_whatever_a_challenger_does_the_decision_goes_on(trying: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying.engine.services.models, "brain_of", lambda *_: Raging())
    assert set(decided_by(trying, 12).values()) == {trying.first}
    assert {each.failed for each in comparisons(trying)} == {"unexpected"}
    assert trying.look()["state"] == "rolled_back"
    assert trying.status()["rollouts"][-1]["last_look"]["why"].startswith("error: 12 of 12")


def test_a_canary_decides_for_its_share_of_the_subjects_and_can_be_replayed(trying: Bank) -> None:
    moved(trying, "50")
    with trying.engine.services.store.read() as unit:
        salt = unit.models.running()[0].salt
    found = decided_by(trying, 12)
    assert set(found.values()) == {trying.first, trying.challenger}
    for subject, model in found.items():
        expected = trying.challenger if arm_of(subject, salt, 0.5) == "challenger" else trying.first
        assert model == expected
    assert all(replayed.same for replayed in trying.engine.replay_all())


def test_going_live_and_back_is_a_pointer_and_changes_no_file_of_the_pack(trying: Bank) -> None:
    before = {path: path.read_bytes() for path in trying.pack.rglob("*") if path.is_file()}
    moved(trying, "live")
    assert set(decided_by(trying, 2).values()) == {trying.challenger}
    roll_back(trying.engine.services, str(trying.pack), OLGA, "I changed my mind")
    assert set(decided_by(trying, 2).values()) == {trying.first}
    assert [each["sha256"] for each in trying.status()["succession"]] == [trying.first, trying.challenger, trying.first]
    assert {path: path.read_bytes() for path in trying.pack.rglob("*") if path.is_file()} == before


def test_what_is_under_way_keeps_the_model_that_it_began_with(trying: Bank) -> None:
    services = trying.engine.services
    case, _ = next(trying.rows)
    pack = trying.engine.ensure_indexed(str(trying.pack), ANA)
    accepted = submit(services, Shelf(), pack, case, ANA)  # type: ignore[arg-type]
    moved(trying, "live")
    carry_on(services, accepted["decision_id"])
    judgement = stored_decision(services, accepted["decision_id"]).judgement
    assert judgement is not None
    assert judgement.versions["model_sha256"] == trying.first
    assert judgement.proposal["proposer"] == f"model:{trying.first[:12]}"


def test_nothing_that_was_learnt_reaches_the_holdout(trying: Bank) -> None:
    manifest = trying.pack / "pack.yaml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace("    retention:", "    learning: {holdout: 0.5}\n    retention:"), "utf-8")
    moved(trying, "live")
    for subject, model in decided_by(trying, 10).items():
        held = in_holdout(subject, "credit", "credit.application", 0.5)
        assert model == (trying.first if held else trying.challenger)
    assert drift_of(trying.engine.services, str(trying.pack))["holdout"]["share"] == 0.5


def test_automation_never_goes_back_past_a_person(trying: Bank) -> None:
    moved(trying, "25")
    trying.learn_of([(each, "false" if what == "true" else "true") for each, what in trying.decide(70)])
    found = trying.look()
    assert (found["state"], found["step"]) == ("running", "canary 25 %")
    assert "a person has to take it back" in found["last_look"]["why"]
    assert trying.events()[-2:] == ["rollout.held", "drift.alarmed"]
    trying.look()
    assert trying.events().count("drift.alarmed") == 1, "once for each cause, not for each look"


def test_a_shift_of_the_losses_is_seen_and_told(bank: Bank) -> None:
    services, pack = bank.engine.services, str(bank.pack)
    # A world in which the weak model is always right, and then always wrong.
    made = [each for each, _ in bank.decide(160)]
    bank.learn_of([(each, right_for(bank, each) if n < 100 else wrong_for(bank, each)) for n, each in enumerate(made)])
    found = drift_of(services, pack)
    assert [alarm["series"] for alarm in found["alarms"]] == ["loss"]
    assert found["self_caused_share"] == 1.0
    assert tell_drift(services, found, PIA) == 1
    assert bank.events() == ["drift.alarmed"]


def right_for(bank: Bank, decision_id: str) -> str:
    judgement = stored_decision(bank.engine.services, decision_id).judgement
    assert judgement is not None
    return "false" if judgement.proposal["action"]["name"] == "decline" else "true"


def wrong_for(bank: Bank, decision_id: str) -> str:
    return "true" if right_for(bank, decision_id) == "false" else "false"


def test_nobody_moves_forward_what_they_registered(trying: Bank) -> None:
    with pytest.raises(Refused, match="registered this model"):
        moved(trying, "25", PIA)
    assert moved(trying, "25")["moved_by_a_person_to"] == "canary 25 %"
    assert moved(trying, "shadow", PIA)["step"] == "shadow"


def test_a_rollout_takes_the_gates_word_a_role_and_a_reason(bank: Bank) -> None:
    services, pack = bank.engine.services, str(bank.pack)
    good = trained(history()[0][:300])
    with pytest.raises(Refused):
        register_candidate(services, pack, good.onnx, card(good), ANA)
    register_candidate(services, pack, good.onnx, card(good), PIA)
    assert run_gate(services, pack, good.sha256, PIA)["word"] == "hold"
    with pytest.raises(Refused, match="it said: hold"):
        start_rollout(services, pack, good.sha256, PIA, "to look")
    with pytest.raises(InputError, match="reason"):
        start_rollout(services, pack, good.sha256, PIA, "", despite_gate=True)
    start_rollout(services, pack, good.sha256[:8], PIA, "to look", despite_gate=True)
    with pytest.raises(Conflict, match="another rollout"):
        start_rollout(services, pack, good.sha256, PIA, "to look", despite_gate=True)


def test_what_does_not_fit_the_pack_is_not_registered(bank: Bank) -> None:
    services, pack = bank.engine.services, str(bank.pack)
    good = trained(history()[0][:300])
    other = card(good).replace(b"duration_months", b"duration_weeks")
    for onnx, said in ((good.onnx, other), (good.onnx, b"{}"), (good.onnx, b"no"), (b"no model", card(good))):
        with pytest.raises(InputError):
            register_candidate(services, pack, onnx, said, PIA)
    assert bank.status()["models"] == []


def test_there_has_to_be_something_to_take_back(bank: Bank) -> None:
    with pytest.raises(NotFound):
        roll_back(bank.engine.services, str(bank.pack), PIA, "just so")
    with pytest.raises(NotFound):
        moved(bank, "25")
