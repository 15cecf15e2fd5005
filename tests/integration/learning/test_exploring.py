"""Exploration in live decisions: within the contract and the day's budget, of what can be undone, and on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.integration.learning.conftest import NOW, PIA, PLAN, POLICY, Bank, card, history, trained

from remit.agents.choice import inconsistent
from remit.cli.explain import story
from remit.core.errors import SourceError
from remit.service.learning.gate import run_gate
from remit.service.learning.register import register_candidate
from remit.service.learning.rollout import start_rollout
from remit.service.learning.take_snapshot import take_snapshot

FLOOR = 0.25


def exploring(bank: Bank, *, floor: float = FLOOR, loss_day_max: float = 100.0, undone: bool = True) -> Bank:
    """The bank's pack with exploration declared; with `undone`, every action can be undone."""
    manifest = (bank.pack / "pack.yaml").read_text("utf-8")
    declared = f"    learning: {{exploration: {{floor: {floor}, loss_day_max: {loss_day_max}}}}}\n    actions:\n"
    manifest = manifest.replace("    actions:\n", declared, 1)
    if undone:
        manifest = manifest.replace("reversible: false", "reversible: true")
    (bank.pack / "pack.yaml").write_text(manifest, "utf-8")
    return bank


def judged(bank: Bank, count: int) -> list[Any]:
    made = [decision_id for decision_id, _ in bank.decide(count)]
    with bank.engine.services.store.read() as unit:
        return [unit.decisions.get(each) for each in made]


def records(bank: Bank, count: int) -> list[dict[str, Any]]:
    return [stored.judgement.choice["exploration"] for stored in judged(bank, count)]


def test_without_a_declaration_nothing_is_explored(bank: Bank) -> None:
    (stored,) = judged(bank, 1)
    assert "exploration" not in stored.judgement.choice
    assert bank.status()["exploration"] is None


def test_each_other_action_has_the_floor_and_what_was_drawn_is_proposed_and_explained(bank: Bank) -> None:
    found = judged(exploring(bank), 16)
    for stored in found:
        choice, proposal = stored.judgement.choice, stored.judgement.proposal
        best = choice["exploration"]["best"]
        assert choice["probabilities"] == {
            action: 0.5 if action == best else FLOOR for action in ("approve", "approve_lower", "decline")
        }
        assert inconsistent(stored.run, choice, proposal["propensity"]) is None
        assert (proposal["action"]["name"] == best) == ("Explored" not in proposal["reasons"][-1])
    drawn = sum(
        stored.judgement.choice["proposed"] != stored.judgement.choice["exploration"]["best"] for stored in found
    )
    assert 3 <= drawn <= 13

    told = "\n".join(story(bank.engine.explain(found[0].run.decision_id)))
    assert "exploration: within the budget of the day; expected loss 0." in told
    assert f"by seed {found[0].judgement.choice['seed']} from approve 0." in told


def test_it_replays_and_its_rows_can_be_learnt_from(bank: Bank) -> None:
    bank.learn_of(exploring(bank).decide(12))
    assert all(each.same for each in bank.engine.replay_all())
    services = bank.engine.services
    made, _ = take_snapshot(services, str(bank.pack), PIA)
    files = services.snapshot_files
    assert files is not None
    rows = [row for part in files.rows(made.sha256) for row in part]
    assert {row["quarantine"] for row in rows} == {None}
    assert {row["propensity"] for row in rows} == {FLOOR, 0.5}


def test_the_gate_weighs_what_was_explored_and_a_rollout_compares_what_models_think_best(bank: Bank) -> None:
    services, pack = exploring(bank).engine.services, str(bank.pack)
    good = trained(history()[0][:300])
    register_candidate(services, pack, good.onnx, card(good), PIA)
    start_rollout(services, pack, good.sha256, PIA, "to look", plan=PLAN, despite_gate=True)
    made = bank.decide(12)
    with services.store.read() as unit:
        (rollout,) = unit.models.running()
        compared = {each.decision_id: each.champion for each in unit.models.comparisons(rollout.id, 0, NOW)}
        choices = {each: unit.decisions.get(each).judgement.choice for each, _ in made}  # type: ignore[union-attr]
    assert compared == {each: choice["exploration"]["best"] for each, choice in choices.items()}
    assert any(choice["proposed"] != choice["exploration"]["best"] for choice in choices.values())

    bank.learn_of(made)
    report = run_gate(services, pack, good.sha256, PIA, rows_min=10)["report"]
    assert report["method"] == "off_policy"
    assert "largest weight 4 " in report["reasons"][0], "no weight is above 1 / floor"


def test_a_record_of_it_that_does_not_come_out_again_is_not_learnt_from(bank: Bank) -> None:
    (stored,) = judged(exploring(bank), 1)
    choice = stored.judgement.choice
    expected = {action: worth + 0.1 for action, worth in choice["exploration"]["expected"].items()}
    forged = {**choice, "exploration": {**choice["exploration"], "expected": expected}}
    services = bank.engine.services
    with services.store.write() as unit:
        unit.decisions.judge(stored.run.decision_id, replace(stored.judgement, choice=forged), stored.action_digest)
    made, _ = take_snapshot(services, str(bank.pack), PIA)
    assert made.manifest["counts"]["quarantined"] == 1


def test_what_cannot_be_undone_is_never_explored(bank: Bank) -> None:
    for stored in judged(exploring(bank, undone=False), 8):
        choice = stored.judgement.choice
        best = choice["exploration"]["best"]
        assert all(choice["probabilities"][action] == 0.0 for action in ("approve", "approve_lower") if action != best)


def test_where_a_person_has_to_look_nothing_is_explored(bank: Bank) -> None:
    (bank.pack / "policy.yaml").write_text(POLICY.replace("effect: allow", "effect: escalate"), "utf-8")
    (stored,) = judged(exploring(bank), 1)
    choice = stored.judgement.choice
    assert choice["exploration"]["said"] == "best_not_allowed"
    assert set(choice["probabilities"].values()) == {0.0, 1.0}


def test_a_spent_budget_ends_it_until_the_next_day_and_replay_knows(bank: Bank) -> None:
    first = records(exploring(bank, loss_day_max=0.8), 9)
    assert {each["said"] for each in first} == {"explored", "spent"}
    spent = sum(each["loss_micros"] for each in first if each["said"] == "explored")
    assert 0 < spent <= 800_000
    assert bank.status()["exploration"]["spent"] == pytest.approx(spent / 1e6)
    bank.clock.advance(timedelta(days=1))
    assert records(bank, 1)[0]["said"] == "explored"
    assert bank.status()["exploration"]["spent"] < spent / 1e6
    assert all(each.same for each in bank.engine.replay_all())


def test_a_floor_that_leaves_no_room_does_not_load(bank: Bank) -> None:
    exploring(bank, floor=0.4)
    with pytest.raises(SourceError, match="leaves no room for 3 actions"):
        bank.engine.services.pack(str(bank.pack))
