"""The smallest change that would have turned a verdict: searched over the typed domain, confirmed by the evaluator.

Counterfactuals as explanations: Wachter, Mittelstadt and Russell, "Counterfactual Explanations without Opening the
Black Box" (2018). Here the box is open: only the boundaries of the clauses that decided are tried.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from remit.core.words import Effect, Verdict
from remit.policies.cel import Program
from remit.policies.changes import Change, Changer, Move, applied, cost_of
from remit.policies.clauses import Clause, read_clauses
from remit.policies.evaluate import CompiledContract
from remit.policies.explain import Anatomy, plain_value
from remit.policies.facts import USAGE, Facts
from remit.policies.types import UnfitFacts

BUDGET = 2_000
"""How many verdicts a search may ask for."""

_RANK: dict[Effect, int] = {"allow": 0, "escalate": 1, "deny": 2}
_BEYOND = ("actor", "now", USAGE)
"""Not of the case and not of the action: nobody is told to be somebody else, or that others should have done less."""


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes after which the evaluator gives another effect. `tried` counts the verdicts that were asked for."""

    changes: tuple[Change, ...]
    effect: Effect
    tried: int

    def to_json(self) -> dict[str, Any]:
        return {
            "changes": [
                {"field": change.field, "from": plain_value(change.before), "to": plain_value(change.after)}
                for change in self.changes
            ],
            "effect": self.effect,
        }

    def sentence(self) -> str:
        """In words: `Would have been allowed if amount_cents were 500000 instead of 710000.`"""
        word = {"allow": "allowed", "escalate": "escalated", "deny": "denied"}[self.effect]
        return f"Would have been {word} if {' and '.join(map(_phrase, self.changes))}."


def counterfactual(
    compiled: CompiledContract,
    facts: Facts,
    *,
    towards: Effect | None = None,
    leave_out: Collection[str] = (),
    budget: int = BUDGET,
) -> Counterfactual | None:
    """The smallest change of case, arguments, action or evidence that turns the verdict; None when none was found.

    One change is tried first, then two. The cost is the number of fields, then their relative distance. Without
    `towards` the aim is allow or, where the verdict is allow, anything else. `leave_out` names what is never proposed:
    a field (`case.age`) or a whole room (`needs`). The same question always has the same answer.
    """
    return _Search(compiled, towards, leave_out, budget).find(facts)


@dataclass(frozen=True, slots=True)
class _Step:
    """A place on the way: the move that leads there, its verdict, and how many findings still stand against the aim."""

    move: Move
    verdict: Verdict
    against: int


class _Search:
    def __init__(
        self, compiled: CompiledContract, towards: Effect | None, leave_out: Collection[str], budget: int
    ) -> None:
        self.compiled = compiled
        self.anatomy = Anatomy(compiled)
        self.changer = Changer(self.anatomy, (*leave_out, *_BEYOND))
        self.towards = towards
        self.budget = budget
        self.tried = 0
        self.best: _Step | None = None

    def find(self, facts: Facts) -> Counterfactual | None:
        verdict = self.compiled.evaluate(facts)
        if self.towards == verdict.effect or {finding.rule for finding in verdict.findings} & {"facts", "effective"}:
            return None
        anything = self.towards is None and verdict.effect == "allow"
        self.aims: set[Effect] = {"escalate", "deny"} if anything else {self.towards or "allow"}
        steps = list(self._steps(facts, _Step((), verdict, 0)))
        for step in sorted(steps, key=lambda step: (step.against, *_order(step))):
            if self.best is None or len(step.move) < len(self.best.move):
                for _ in self._steps(facts, step):
                    pass
        return None if self.best is None else Counterfactual(self.best.move, self.best.verdict.effect, self.tried)

    def _steps(self, facts: Facts, step: _Step) -> Iterator[_Step]:
        """What one more move leads to, where it could be better than the best so far and while there is budget."""
        here = applied(facts, step.move)
        try:
            moves = self.changer.moves(self.anatomy.sight(here), self._atoms(here, step.verdict))
        except UnfitFacts:
            return
        touched = {change.field for change in step.move}
        for move in moves:
            whole = (*step.move, *move)
            if self.tried >= self.budget:
                return
            if touched & {change.field for change in move} or (self.best and cost_of(whole) >= cost_of(self.best.move)):
                continue
            self.tried += 1
            verdict = self.compiled.evaluate(applied(facts, whole))
            reached = _Step(whole, verdict, len(self._against(verdict)))
            if verdict.effect in self.aims and (self.best is None or _order(reached) < _order(self.best)):
                self.best = reached
            yield reached

    def _against(self, verdict: Verdict) -> list[str]:
        """The rules that have to fall silent before the verdict can be what is aimed at."""
        ceiling = max(_RANK[aim] for aim in self.aims)
        return [finding.rule for finding in verdict.findings if _RANK[finding.effect] > ceiling]

    def _atoms(self, facts: Facts, verdict: Verdict) -> Iterator[tuple[Program, Clause]]:
        """The atoms whose turn may turn the verdict: of what speaks against the aim, and of what would speak for it."""
        against = self._against(verdict)
        met = any(finding.effect in self.aims for finding in verdict.findings)
        for condition in self.anatomy.conditions:
            if condition.id in against or (not met and condition.effect in self.aims):
                yield from condition.atoms()
        for limit in self.compiled.limits:
            if limit.id in against:
                used = (facts.usage or {}).get(limit.id)
                room = limit.max - (used.used if used else 0)
                program = self.compiled.environment.compile(f"({limit.amount.text}\n) <= {max(room, 0)}")
                yield program, read_clauses(program)


def _order(step: _Step) -> tuple[int, float, str]:
    return (*cost_of(step.move), repr(step.move))


def _phrase(change: Change) -> str:
    room, name = change.room_and_name
    if room == "needs":
        return f"the need {name} were {'met' if change.after else 'not met'}"
    if room == "evidence":
        if change.after is None:
            return f"no passage were found for {name}"
        return f"a {change.after['trust']} passage for {name}, {change.after['age_days']} days old, were found"
    if change.field == "action.name":
        return f"the action were {change.after} instead of {change.before}"
    shown = {"case": name, "action.args": f"the action's {name}"}.get(room, change.field)
    if change.before is None:
        return f"{shown} were {_spoken(change.after)}"
    return f"{shown} were {_spoken(change.after)} instead of {_spoken(change.before)}"


def _spoken(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) or "empty" if isinstance(value, tuple | list) else str(value)
