"""Online updates: only in a canary, within a budget, each an artefact of its own, and rolled back like any other."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.integration.learning.conftest import PIA, PLAN, Bank, history, trained
from tests.integration.learning.test_rollouts import moved

from remit.core.canonical import sha256_hex
from remit.learning.calibration import Calibration, with_calibration
from remit.learning.rollout import STEPS
from remit.service.learning.register import register_candidate
from remit.service.learning.rollout import roll_back, start_rollout

CASES = 40
HOLDS = {**PLAN, "margin": 0.001, "pairs_min": 10_000, "group_gap_max": None, "update_cases_min": CASES}
"""Nothing is decided before so many cases, so all that happens is updates."""


def gloomy(bank: Bank, updates_max: int) -> str:
    """A rollout of a model that knows much and expects the worst; its SHA-256."""
    good = trained(history()[0][:300])
    onnx = with_calibration(good.onnx, Calibration(1.0, (0.0, 3.0)))
    card = orjson.dumps({**good.card, "sha256": sha256_hex(onnx)})
    services, pack = bank.engine.services, str(bank.pack)
    bank.first = bank.status()["deciding"]
    sha256 = str(register_candidate(services, pack, onnx, card, PIA)["sha256"])
    plan = {**HOLDS, "updates_max": updates_max}
    start_rollout(services, pack, sha256, PIA, "to look", plan=plan, despite_gate=True)
    return sha256


def looked(bank: Bank) -> dict[str, Any]:
    """After as many cases as an update takes, and what became of them."""
    bank.learn_of(bank.decide(CASES))
    return bank.look()


def test_a_canary_learns_to_mean_what_it_says_and_goes_back_as_before(bank: Bank) -> None:
    begun = gloomy(bank, updates_max=1)
    assert looked(bank)["challenger"] == begun, "a shadow is not updated"
    moved(bank, "50")
    after = looked(bank)
    updated = after["challenger"]
    assert (updated != begun, after["step"], after["last_look"]["verb"]) == (True, STEPS[4].name, "update")
    assert bank.status()["now"]["pairs"] == 0, "what was updated is tried anew"

    services = bank.engine.services
    onnx, card = services.models.artefact(updated)
    online = orjson.loads(card)["online"]
    assert (online["from"], online["number"], sha256_hex(onnx)) == (begun, 1, updated)
    assert online["shifts"][1] < -1.0
    states = {each["sha256"]: each["state"] for each in bank.status()["models"]}
    assert (states[begun], states[updated], states[bank.first]) == ("retired", "challenger", "champion")
    assert bank.events()[-1] == "rollout.updated"

    assert looked(bank)["challenger"] == updated, "the budget of updates is spent"
    assert updated in bank.models_that_decided()
    roll_back(services, str(bank.pack), PIA, "enough of it")
    assert (bank.status()["deciding"], bank.status()["rollouts"][-1]["state"]) == (bank.first, "rolled_back")
    assert all(each.same for each in bank.engine.replay_all())
    assert bank.engine.verify().sound


def test_without_a_budget_nothing_is_updated(bank: Bank) -> None:
    begun = gloomy(bank, updates_max=0)
    moved(bank, "50")
    assert looked(bank)["challenger"] == begun


@pytest.mark.parametrize("change", [{"updates_max": -1}, {"update_cases_min": 5}])
def test_a_budget_that_makes_no_sense_is_refused(change: dict[str, int]) -> None:
    from remit.core.errors import InputError
    from remit.learning.rollout import Plan

    with pytest.raises(InputError, match="updates_max or update_cases_min"):
        Plan(20, **change)  # type: ignore[arg-type]
