"""One solver with a clock: it answers yes with facts that were run, no, or that it does not know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import z3

from remit.policies.domain import Domain
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts
from remit.policies.terms import Truth, both
from remit.policies.witness import Witness, judged, polished, read_facts

Confirm = Callable[[Witness], bool]
LATE = "the time ran out"
QUERY_SECONDS = 1.5
"""No single question may use up the time of all the others."""


@dataclass(frozen=True)
class Answer:
    """Whether there are such facts: `never`, `found` with a witness, or `unknown` with the reason."""

    kind: Literal["never", "found", "unknown"]
    witness: Witness | None = None
    why: str = ""


@dataclass
class Prover:
    """Asks whether facts of a domain can fulfil a condition. `judge` evaluates them; `seconds` is for all questions.

    `asked` counts the questions, and `answered` those of them that were.
    """

    domain: Domain
    judge: CompiledContract
    seconds: float
    seeds: Iterable[Facts] = ()
    known: list[Witness] = field(init=False)
    asked: int = 0
    answered: int = 0

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds
        self._solver = z3.Solver(ctx=self.domain.context)
        self._solver.set("random_seed", 0)
        self._stated = 0
        self._wishes: list[Any] = []
        self._rough: list[Witness] = []
        self.known = [judged(self.judge, facts) for facts in self.seeds]

    @property
    def late(self) -> bool:
        return time.monotonic() >= self._deadline

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """All facts that were judged so far."""
        return (*self.known, *self._rough)

    def ask(self, *wanted: Truth, confirm: Confirm, shown: bool = True) -> Answer:
        """Facts that fulfil all of this and that `confirm` accepts once they are judged.

        Facts that were found before are tried first. New ones that are `shown` are as usual as they can be.
        """
        found = self._asked(*wanted, confirm=confirm, shown=shown)
        self._count(found.kind != "unknown")
        return found

    def never(self, *wanted: Truth) -> bool | None:
        """Whether no facts fulfil this; None when that is not known."""
        found = self._solve(both(*wanted), nearest=False)
        answer = {"unsat": True}.get(found) if isinstance(found, str) else False
        self._count(answer is not None)
        return answer

    def parted(self, rule: str, other: str) -> bool:
        """Whether facts are known on which the one rule holds and the other does not."""
        return any(rule in found.held and other not in found.held for found in (*self.known, *self._rough))

    def unless_late(self, question: Callable[[], bool | None]) -> bool | None:
        """The answer to a question that takes work to put; None when the time has run out."""
        if self.late:
            self._count(False)
            return None
        return question()

    def _count(self, answered: bool) -> None:
        self.asked += 1
        self.answered += answered

    def _asked(self, *wanted: Truth, confirm: Confirm, shown: bool) -> Answer:
        if self.late:
            return Answer("unknown", why=LATE)
        for known in self.known if shown else self.witnesses:
            if confirm(known):
                return Answer("found", known)
        found = self._solve(both(*wanted), nearest=shown)
        if not isinstance(found, Facts):
            return Answer("never") if found == "unsat" else Answer("unknown", why=found)
        if not shown and not confirm(judged(self.judge, found)):
            # Facts out of the way are the ones that the evaluator is more likely to judge otherwise.
            return self._asked(*wanted, confirm=confirm, shown=True)

        def confirmed(facts: Facts) -> Witness | None:
            made = judged(self.judge, facts)
            return made if confirm(made) else None

        witness = confirmed(found)
        if witness is None:
            return Answer("unknown", why="the witness was not confirmed by the evaluator")
        if shown:
            witness = polished(witness, self.judge.case, confirmed)
        (self.known if shown else self._rough).append(witness)
        return Answer("found", witness)

    def _solve(self, wanted: Truth, nearest: bool) -> Facts | str:
        if wanted is False:
            return "unsat"
        if self.late:
            return LATE
        self._state_rules()
        self._solver.push()
        try:
            if wanted is not True:
                self._solver.add(wanted)
            found = self._check([])
            if found != z3.sat:
                return "unsat" if found == z3.unsat else f"the solver gave up ({self._solver.reason_unknown()})"
            model = self._solver.model()
            if nearest:
                model = self._nearest(model)
            return read_facts(model, self.domain)
        finally:
            self._solver.pop()

    def _nearest(self, model: z3.ModelRef) -> z3.ModelRef:
        """The model that fulfils the most telling wishes: those that stand in the way go, the least telling first."""
        wishes, dropped = list(self._wishes), []
        while (found := self._check(wishes)) == z3.unsat:
            core = {str(each) for each in self._solver.unsat_core()}
            blamed = next((each for each in reversed(wishes) if str(each) in core), None)
            if blamed is None:
                return model
            wishes.remove(blamed)
            dropped.append(blamed)
        if found != z3.sat:
            return model
        model = self._solver.model()
        # A core is seldom the smallest one, so what was dropped gets another chance.
        for each in reversed(dropped):
            if self._check([*wishes, each]) == z3.sat:
                wishes.append(each)
                model = self._solver.model()
        return model

    def _check(self, assumed: list[Any]) -> z3.CheckSatResult:
        left = min(self._deadline - time.monotonic(), QUERY_SECONDS)
        if left <= 0:
            return z3.unknown
        self._solver.set("timeout", max(int(left * 1000), 1))
        return self._solver.check(*assumed)

    def _state_rules(self) -> None:
        """What always holds, and the wishes; more of both may have come since the last question."""
        rules, wishes = self.domain.rules, self.domain.usual
        for rule in rules[self._stated :]:
            self._solver.add(rule)
        self._stated = len(rules)
        for number in range(len(self._wishes), len(wishes)):
            proxy = z3.Bool(f"wish{number}", self.domain.context)
            self._solver.add(z3.Implies(proxy, wishes[number]))
            self._wishes.append(proxy)
