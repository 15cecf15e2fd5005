"""The whole loop on the real credit data: decide, learn, gate, shadow, canary, live, regression, and back by itself."""

from __future__ import annotations

import itertools

import pytest
from tests.integration.learning.conftest import PIA, PLAN, Bank

from remit.core.errors import Refused
from remit.learning.rollout import STEPS
from remit.service.learning.gate import run_gate
from remit.service.learning.rollout import start_rollout
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.learning.train import train_from_snapshot

LONGER = {"margin": 0.05, "pairs_min": 300, "turn_alpha": 0.001}


@pytest.mark.parametrize(
    ("cases", "plan"), [(32, PLAN), pytest.param(400, LONGER, marks=pytest.mark.soak)], ids=["short", "long"]
)
def test_a_better_model_goes_live_by_what_outcomes_say_and_back_when_it_turns_worse(
    bank: Bank, cases: int, plan: dict[str, float]
) -> None:
    services, pack = bank.engine.services, str(bank.pack)
    bank.learn_of(bank.decide(150))
    made, _ = take_snapshot(services, pack, PIA)
    first = bank.status()["deciding"]
    good = train_from_snapshot(services, pack, made.sha256, PIA)["sha256"]

    bank.learn_of(bank.decide(70))
    assert run_gate(services, pack, good, PIA, rows_min=50)["word"] == "promote"
    start_rollout(services, pack, good, PIA, "it learnt from what was repaid", plan=plan)

    for step in STEPS[1:]:
        tried = bank.decide(cases)
        assert bank.look()["step"] != step.name, "nothing has matured yet"
        bank.learn_of(tried)
        assert bank.look()["step"] == step.name
    assert bank.status()["deciding"] == good

    # The world turns: whom the new model trusts does not repay, and whom it distrusts does.
    bank.learn_of([(decision_id, "false" if outcome == "true" else "true") for decision_id, outcome in bank.decide(70)])
    assert bank.look()["state"] == "rolled_back"
    assert bank.status()["deciding"] == first
    assert [each for each in bank.events() if each != "rollout.held"] == [
        *("model.trained", "model.registered", "gate.evaluated", "model.registered", "rollout.started"),
        *["rollout.advanced"] * 4,
        *("rollout.promoted", "rollout.rolled_back", "drift.alarmed"),
    ]
    with pytest.raises(Refused, match="it said: nothing"):
        start_rollout(services, pack, good, PIA, "once more", plan=plan)
    assert bank.models_that_decided() == {first, good}
    assert bank.engine.verify().sound
    assert all(replayed.same for replayed in itertools.islice(bank.engine.replay_all(), 60, 300, 20))
