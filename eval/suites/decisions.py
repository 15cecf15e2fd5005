"""What decisions on credit cost, by whom they are made: the rules, a learned proposer, a learned one that asks people.

The real applicants of the pack `credit`. Each is judged by models that did not see them: the cases are cut into five
parts, anew in each repetition; four parts teach (a logistic regression, calibrated) and, judged within themselves the
same way, choose the threshold of confidence from which on a machine decides alone (`remit.learning.thresholds`: at most
15 % of automated decisions wrong, with probability 0.9). The grid of thresholds is of the confidences in the fifth
part, without their outcomes. Confidence is the proposer's own: how likely the action is to pay.

cost: what the best action would have earned, less what was earned; the donor's matrix: a credit that fails costs 5, a
good one that is declined 1. wrong: granted and failed, or declined and repaid. Favourable is a credit that is granted,
in full or in part. The rules were written with these very cases in sight, so their figures flatter them. Nothing of
this looks at the contract.

The people who are asked are not in the data: nobody reviewed these applicants. So they are declared, in four ways:
people who are never wrong; people who take the worst action in 10 % or 20 % of the cases, whichever case it is; and
people who decide as the rules do. In none of these does a review itself cost anything. What it may cost is told
instead, in the same unit (1 is what a good credit earns): `a review may cost` so much until asking pays no more beside
the rules, or beside the proposer alone; `people may be wrong in` such a share of what they are asked, if a review is
free. People who decide as the rules do give back on the cases they are asked what the proposer is better at there:
against the rules, such people leave only the difference on those cases of which the proposer is sure.

Intervals are 95 %: of costs and shares by drawing the applicants again, of fairness as in `remit.learning.fairness`
(Katz; Agresti and Caffo), for the first repetition alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.eval.history import History, history_of
from remit.eval.suite import Floor, Row, Suite
from remit.learning.bootstrap import resampled_means
from remit.learning.calibration import fitted
from remit.learning.fairness import FLOOR, Tally, bias
from remit.learning.outcome_models import inputs_of, model_named, table_of
from remit.learning.strategies.strategy import Floats
from remit.learning.thresholds import choose, grid_of

PARTS = 5
REPETITIONS = 10
WRONG_MAX, DELTA = 0.15, 0.10
PEOPLE_WRONG = (0.1, 0.2)
"""In which shares of the cases that they are asked the declared people take the worst action."""
Actions = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """The applicants: table, outcome, n x outcomes x actions of what is earned, and of whether an action pays."""

    history: History
    table: Any
    inputs: tuple[int, int]
    worth: Floats
    pays: Floats

    def __len__(self) -> int:
        return len(self.history)

    def cost(self, action: Actions) -> Floats:
        """What each action cost against the best one."""
        earned = self.worth[np.arange(len(self)), self.history.outcome]
        return np.asarray(earned.max(axis=1) - earned[np.arange(len(self)), action])

    @property
    def slip(self) -> Floats:
        """What the worst action cost against the best one."""
        earned = self.worth[np.arange(len(self)), self.history.outcome]
        return np.asarray(earned.max(axis=1) - earned.min(axis=1))

    def wrong(self, action: Actions) -> Floats:
        """1 where an action did not pay."""
        return 1.0 - self.pays[np.arange(len(self)), self.history.outcome, action]

    def granted(self, action: Actions) -> NDArray[np.bool_]:
        return np.asarray(action != list(self.history.decision.actions).index("decline"))


@dataclass(frozen=True)
class Told:
    """What a proposer proposed for each applicant, and whether a machine may do it alone."""

    action: Actions
    automated: NDArray[np.bool_]


def run(quick: bool, seed: int) -> list[Row]:
    """Costs, shares and fairness of the three; a quick run repeats nothing."""
    world = _world()
    rules = _by_rules(world)
    repeated = [_learned(world, np.random.default_rng([seed, at])) for at in range(1 if quick else REPETITIONS)]
    alone = [Told(told.action, np.ones(len(world), np.bool_)) for told in repeated]
    return [
        *_costs(world, rules, alone, repeated, seed),
        *(row for name, told in _named(rules, alone[0], repeated[0]) for row in _fairness(world, name, told)),
    ]


def _named(rules: Told, alone: Told, asking: Told) -> Iterator[tuple[str, Told]]:
    yield from (("rules", rules), ("learned", alone), ("learned + escalation", asking))


def _world() -> World:
    history = history_of("credit")
    features = [{name: row[name] for name in history.decision.model_features} for row in history.features]
    numbers, texts = inputs_of(features[0], history.decision.model_features)
    best = history.worth.max(axis=2, keepdims=True)
    pays = ((history.worth > 0) | (history.worth == best)).astype(np.float64)
    return World(history, table_of(features, numbers, texts), (len(numbers), len(texts)), history.worth, pays)


def _by_rules(world: World) -> Told:
    decision = world.history.decision
    order = list(decision.actions)
    found = zip(world.history.cases, world.history.features, strict=True)
    action = np.array([order.index(decision.rule_for(case, features).action) for case, features in found])
    return Told(action, np.ones(len(world), np.bool_))


def _learned(world: World, chance: np.random.Generator) -> Told:
    """Each part by the other four."""
    part = chance.integers(0, PARTS, len(world))
    action, automated = np.zeros(len(world), np.int64), np.zeros(len(world), np.bool_)
    for each in range(PARTS):
        judged, taught = np.flatnonzero(part == each), np.flatnonzero(part != each)
        # The p-value of a threshold takes cases in an order that says nothing.
        taught = chance.permutation(taught)
        raw = _out_of_fold(world, taught, chance)
        calibration = fitted(raw, world.history.outcome[taught])
        told = calibration.of(_model(world, taught).predict_proba(world.table[judged]))
        seen, confidence = _proposed(world, taught, calibration.of(raw))
        action[judged], surer = _proposed(world, judged, told)
        losses = 1.0 - world.pays[taught, world.history.outcome[taught], seen]
        threshold = choose(confidence, losses, grid_of(surer), bound=WRONG_MAX, delta=DELTA).threshold
        automated[judged] = False if threshold is None else surer >= threshold
    return Told(action, automated)


def _out_of_fold(world: World, rows: Actions, chance: np.random.Generator) -> Floats:
    part = chance.integers(0, PARTS, len(rows))
    raw = np.empty((len(rows), world.worth.shape[1]))
    for each in range(PARTS):
        raw[part == each] = _model(world, rows[part != each]).predict_proba(world.table[rows[part == each]])
    return raw


def _model(world: World, rows: Actions) -> Any:
    return model_named("logistic", *world.inputs, 0).fit(world.table[rows], world.history.outcome[rows])


def _proposed(world: World, rows: Actions, told: Floats) -> tuple[Actions, Floats]:
    """As the engine proposes: the action of the highest expected reward, and how likely it is to pay."""
    action = np.einsum("no,noa->na", told, world.worth[rows]).argmax(axis=1)
    confidence = np.einsum("no,no->n", told, world.pays[rows, :, action])
    return action, np.clip(confidence, 0.0, 1.0)


def _costs(world: World, rules: Told, alone: list[Told], asking: list[Told], seed: int) -> Iterator[Row]:
    """Every applicant's figures, averaged over the repetitions, and their means over applicants drawn again."""

    def averaged(figures: list[Floats]) -> Floats:
        return np.asarray(np.mean(figures, axis=0))

    by_rules, wrong_by_rules = world.cost(rules.action), world.wrong(rules.action)
    learned = averaged([world.cost(told.action) for told in alone])
    shares = averaged([told.automated.astype(np.float64) for told in asking])
    wrong = averaged([world.wrong(told.action) * told.automated for told in asking])
    kept = averaged([world.cost(told.action) * told.automated for told in asking])
    as_rules = averaged([np.where(told.automated, world.cost(told.action), by_rules) for told in asking])
    slips = world.slip * (1.0 - shares)
    figures = {
        ("rules", "cost"): (by_rules, None),
        ("rules", "wrong"): (wrong_by_rules, None),
        ("learned", "cost"): (learned, None),
        ("learned", "wrong"): (averaged([world.wrong(told.action) for told in alone]), None),
        ("learned against rules", "saved"): (by_rules - learned, None),
        ("learned + escalation", "automation"): (shares, None),
        ("learned + escalation", "wrong"): (wrong, shares),
        ("learned + escalation", "cost, automated"): (kept, shares),
        ("learned + escalation", "cost, people never wrong"): (kept, None),
        **{("learned + escalation", f"cost, people wrong in {e:.0%}"): (kept + e * slips, None) for e in PEOPLE_WRONG},
        ("learned + escalation", "cost, people as the rules"): (as_rules, None),
        ("learned + escalation against rules", "saved, people as the rules"): (by_rules - as_rules, None),
        **_room("asking, against rules", by_rules - kept, slips, 1.0 - shares),
        **_room("asking, against learned", learned - kept, slips, 1.0 - shares),
    }
    for case in ("rules", "learned"):
        yield Row(case, "automation", 1.0)
    for (case, metric), (above, below) in figures.items():
        yield _mean(case, metric, above, below, seed)


def _room(case: str, saved: Floats, slips: Floats, asked: Floats) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """How wrong people may be, and what a review may cost, until asking pays no more; `saved` is by perfect ones."""
    return {
        (case, "people may be wrong in"): (saved, slips),
        (case, "a review may cost, people never wrong"): (saved, asked),
        **{(case, f"a review may cost, people wrong in {e:.0%}"): (saved - e * slips, asked) for e in PEOPLE_WRONG},
    }


def _mean(case: str, metric: str, above: Floats, below: Floats | None, seed: int) -> Row:
    """The mean of `above`, or its ratio to that of `below`."""
    under = np.ones(len(above)) if below is None else below
    if not under.any():
        return Row(case, metric, None)
    drawn = resampled_means(np.column_stack([above, under]), seed)
    drawn = drawn[drawn[:, 1] > 0]
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975))
    return Row(case, metric, float(above.mean() / under.mean()), float(low), float(high))


def _fairness(world: World, name: str, told: Told) -> Iterator[Row]:
    """Four fifths and equal opportunity of what a machine decided alone, and of being decided without a person."""
    repaid = world.history.outcome == world.history.decision.outcome.values.index("true")
    granted = world.granted(told.action)
    for attribute in world.history.decision.protected:
        groups = [str(case[attribute]) for case in world.history.cases]
        alone = np.flatnonzero(told.automated)
        yield from _bias(f"{name}: {attribute}", [groups[at] for at in alone], granted[alone], repaid[alone])
        if not told.automated.all():
            yield from _bias(f"asked no person: {attribute}", groups, told.automated, repaid)


def _bias(case: str, groups: list[str], favoured: NDArray[np.bool_], right: NDArray[np.bool_]) -> Iterator[Row]:
    tallies: dict[str, Tally] = {}
    for group, good, deserving in zip(groups, favoured, right, strict=True):
        tallies.setdefault(group, Tally()).add(bool(good), bool(deserving))
    found = bias(case, tallies)
    if found["impact_ratio"] is None:
        yield Row(case, "impact ratio", None)
        return
    low, high = found["impact_interval"]
    yield Row(case, "impact ratio", found["impact_ratio"], low, high)
    yield Row(case, "below four fifths, beyond chance", float(high < FLOOR))
    if found["equal_opportunity_gap"] is not None:
        low, high = found["equal_opportunity_interval"]
        yield Row(case, "equal opportunity gap", found["equal_opportunity_gap"], low, high)


SUITE = Suite(
    "decisions",
    "What do decisions on credit cost, made by rules, by a learned proposer, or by one that asks people when unsure?",
    run,
    (
        Floor("learned against rules", "saved", at_least=0.0),
        Floor("learned + escalation", "wrong", at_most=WRONG_MAX),
        Floor("learned + escalation", "automation", at_least=0.35),
        Floor("learned + escalation against rules", "saved, people as the rules", at_least=0.0),
        Floor("*: *", "below four fifths, beyond chance", at_most=0.0),
    ),
)
