"""The declared brain: it proposes what pays best, says how sure it is, and falls back to rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.agents.brains.declared import DeclaredBrain
from remit.core.errors import SystemFailed, Undecidable
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.packs.pack import Decision

WritePack = Callable[..., Path]
Loan = Callable[..., dict[str, Any]]


class Oracle:
    """A model that always answers the same, and remembers what it was shown."""

    sha256 = "ab" * 32

    def __init__(self, **probabilities: float) -> None:
        self.answer = probabilities
        self.seen: Mapping[str, Any] = {}

    def probabilities(self, features: Mapping[str, Any]) -> dict[str, float]:
        self.seen = features
        return self.answer


class Broken(Oracle):
    def probabilities(self, features: Mapping[str, Any]) -> dict[str, float]:
        raise SystemFailed("the model cannot answer", code="model_failed")


@pytest.fixture
def decision(write_pack: WritePack) -> Decision:
    return load_pack(read_folder(write_pack())).decisions["loan.small"]


@pytest.fixture
def rewarding(write_pack: WritePack) -> Callable[[str], Decision]:
    """The decision with another reward."""

    def make(reward: str) -> Decision:
        old = "action.name == 'lend' ? (outcome.repaid ? 1.0 : -2.0) : 0.0"
        return load_pack(read_folder(write_pack((old, reward)))).decisions["loan.small"]

    return make


@pytest.mark.parametrize(
    ("repaid", "action"),
    [(1.0, "lend"), (0.9, "lend"), (0.67, "lend"), (0.66, "refuse"), (0.0, "refuse")],
)
def test_the_action_of_the_highest_expected_reward_is_proposed(
    decision: Decision, loan: Loan, repaid: float, action: str
) -> None:
    brain = DeclaredBrain(Oracle(true=repaid, false=1 - repaid))
    assert brain.propose(decision, loan(), ()).action == action


def test_a_tie_goes_to_the_action_that_the_pack_lists_first(rewarding: Callable[[str], Decision], loan: Loan) -> None:
    for reward in ("1.0", "outcome.repaid ? 1.0 : 0.0"):
        assert DeclaredBrain(Oracle(true=0.3, false=0.7)).propose(rewarding(reward), loan(), ()).action == "lend"


@pytest.mark.parametrize(
    ("repaid", "action", "confidence"),
    [
        (0.9, "lend", 0.9),  # lending pays when it is repaid
        (0.2, "refuse", 0.8),  # refusing earns nothing, which is the best of all only when it is not repaid
    ],
)
def test_confidence_is_the_probability_that_the_action_pays(
    decision: Decision, loan: Loan, repaid: float, action: str, confidence: float
) -> None:
    proposal = DeclaredBrain(Oracle(true=repaid, false=1 - repaid)).propose(decision, loan(), ())
    assert (proposal.action, proposal.confidence) == (action, confidence)


def test_confidence_never_exceeds_one(rewarding: Callable[[str], Decision], loan: Loan) -> None:
    assert DeclaredBrain(Oracle(true=0.7, false=0.3000004)).propose(rewarding("1.0"), loan(), ()).confidence == 1.0


def test_a_proposal_names_the_model_the_expectation_and_the_citations(decision: Decision, loan: Loan) -> None:
    proposal = DeclaredBrain(Oracle(true=0.9, false=0.1)).propose(decision, loan(), ("rule@1#0",))
    assert proposal.reasons == (
        "The model expects repaid: true 0.90, false 0.10.",
        "Expected reward: lend +0.70, refuse +0.00.",
    )
    assert (proposal.proposer, proposal.cites, proposal.propensity) == ("model:abababababab", ("rule@1#0",), 1.0)


def test_the_arguments_come_from_the_pack_and_never_from_the_model(decision: Decision, loan: Loan) -> None:
    assert DeclaredBrain(Oracle(true=1.0, false=0.0)).propose(decision, loan(amount=7), ()).args == {"amount": 7}


def test_the_model_sees_the_listed_features_and_nothing_else(decision: Decision, loan: Loan) -> None:
    oracle = Oracle(true=1.0, false=0.0)
    DeclaredBrain(oracle).propose(decision, loan(), ())
    assert oracle.seen == {"ratio": 5.0, "purpose": "car", "late": False}


def test_noise_beyond_six_decimals_changes_nothing(decision: Decision, loan: Loan) -> None:
    exact, noisy = Oracle(true=0.7, false=0.3), Oracle(true=0.7 + 2e-8, false=0.3 - 2e-8)
    assert DeclaredBrain(exact).propose(decision, loan(), ()) == DeclaredBrain(noisy).propose(decision, loan(), ())


@pytest.mark.parametrize(("late", "action", "confidence"), [(True, "refuse", 0.8), (False, "lend", 0.5)])
def test_without_a_model_the_first_rule_that_holds_proposes(
    decision: Decision, loan: Loan, late: bool, action: str, confidence: float
) -> None:
    proposal = DeclaredBrain().propose(decision, loan(late=late), ())
    assert (proposal.action, proposal.confidence, proposal.proposer) == (action, confidence, "rules")


def test_when_the_model_fails_the_rules_propose_and_say_so(decision: Decision, loan: Loan) -> None:
    proposal = DeclaredBrain(Broken()).propose(decision, loan(), ())
    assert (proposal.action, proposal.proposer) == ("lend", "rules")
    assert proposal.reasons == ("Nothing speaks against it.", "The model failed (model_failed); rules used.")


def test_a_rules_own_arguments_go_before_those_of_the_action(write_pack: WritePack, loan: Loan) -> None:
    folder = write_pack(("- action: lend\n", "- action: lend\n          args: {amount: case.amount / 2}\n"))
    decision = load_pack(read_folder(folder)).decisions["loan.small"]
    assert DeclaredBrain().propose(decision, loan(amount=500), ()).args == {"amount": 250}


def test_an_argument_that_cannot_be_computed_takes_a_person(write_pack: WritePack, loan: Loan) -> None:
    folder = write_pack(("lend: {amount: case.amount}", "lend: {amount: 5 / (case.amount - 500)}"))
    decision = load_pack(read_folder(folder)).decisions["loan.small"]
    with pytest.raises(Undecidable, match="the argument `amount` of `lend` cannot be computed: divide by zero"):
        DeclaredBrain().propose(decision, loan(), ())


def test_a_reward_that_cannot_be_computed_takes_a_person(rewarding: Callable[[str], Decision], loan: Loan) -> None:
    decision = rewarding("double(5 / (case.amount - 500))")
    with pytest.raises(Undecidable, match="the reward of `lend` cannot be computed"):
        DeclaredBrain(Oracle(true=1.0, false=0.0)).propose(decision, loan(), ())


def test_the_plan_fills_the_queries_and_ends_with_the_proposal(decision: Decision, loan: Loan) -> None:
    retrieve, propose = DeclaredBrain(Oracle()).plan(decision, loan())["steps"]
    assert (retrieve["need"], retrieve["query"]) == ("lending_rule", "lending rule for a car")
    assert propose == {"kind": "propose", "strategy": "model", "actions": ["lend", "refuse"]}


@pytest.mark.parametrize(
    ("condition", "needs"),
    [
        ("case.amount > 500", []),
        ("case.amount > 5", ["lending_rule"]),
        ("5 / (case.amount - 500) > 0", ["lending_rule"]),
    ],
)
def test_a_need_is_planned_for_unless_it_surely_does_not_apply(
    write_pack: WritePack, loan: Loan, condition: str, needs: list[str]
) -> None:
    decision = load_pack(read_folder(write_pack(("case.amount > 0", condition)))).decisions["loan.small"]
    steps = DeclaredBrain().plan(decision, loan())["steps"]
    assert [step["need"] for step in steps if step["kind"] == "retrieve"] == needs


def test_a_plan_is_plain_json(decision: Decision, loan: Loan) -> None:
    plan = DeclaredBrain().plan(decision, loan())
    assert orjson.loads(orjson.dumps(plan)) == plan
