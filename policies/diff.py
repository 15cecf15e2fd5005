"""What a change of a contract does to its verdicts: facts on which two versions differ, or proof that none do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from remit.core.words import Effect, PolicyRef
from remit.policies.evaluate import CompiledContract
from remit.policies.prove import PROOF_SECONDS, seeds_of, usual_facts
from remit.policies.solver import Prover
from remit.policies.symbolic import Symbolic, put
from remit.policies.terms import both, negated
from remit.policies.witness import Witness, judged

PAIRS: tuple[tuple[Effect, Effect], ...] = (
    ("deny", "allow"),
    ("escalate", "allow"),
    ("deny", "escalate"),
    ("allow", "escalate"),
    ("allow", "deny"),
    ("escalate", "deny"),
)
"""What was and what is, the looser first: what becomes possible is told before what becomes impossible."""

EACH_MAX = 3
"""So many different reasons are shown for a change of verdict of one action."""


@dataclass(frozen=True)
class Change:
    """Facts on which the verdict changes, with the verdict of both versions."""

    old: Witness
    new: Witness

    @property
    def reason(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The rules that decide before and after."""
        return self.old.deciding, self.new.deciding

    def to_json(self) -> dict[str, Any]:
        old, new = self.old.to_json(), self.new.to_json()
        sides = {name: {"verdict": side["verdict"], "by": side["by"]} for name, side in (("old", old), ("new", new))}
        return {"change": f"{self.old.effect} -> {self.new.effect}", **sides, "given": new["given"]}


@dataclass(frozen=True)
class DiffReport:
    """What `remit policy diff` says.

    `notes` tell what differs besides the conditions, `unverified` where nothing is known; without any of them the two
    are the same. `usual` is the case that a witness is told apart from.
    """

    old: PolicyRef
    new: PolicyRef
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    unverified: tuple[str, ...]
    seconds: float
    usual: Mapping[str, Any] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """It is proved that no facts tell the two apart."""
        return not (self.changes or self.notes or self.unverified)

    def to_json(self) -> dict[str, Any]:
        return {
            "same": self.same,
            "old": self.old.to_json(),
            "new": self.new.to_json(),
            "changes": [change.to_json() for change in self.changes],
            "notes": list(self.notes),
            "unverified": list(self.unverified),
            "seconds": round(self.seconds, 3),
        }


def diff(old: CompiledContract, new: CompiledContract, seconds: float = PROOF_SECONDS) -> DiffReport:
    """Where the verdicts of two versions differ, within so many seconds, over all facts of their data contract.

    Both are taken as in force, and no limit as used up unless a condition reads what limits have counted: periods and
    limits that differ are told in words.

    Raises:
        ValueError: the two are of different cases or actions, so no facts fit both.
    """
    if (old.case, dict(old.actions)) != (new.case, dict(new.actions)):
        raise ValueError("the two contracts are of different cases or actions")
    begun = time.monotonic()
    notes = tuple(_notes(old, new))
    old, new = _always_in_force(old), _always_in_force(new)
    domain, (before, after) = put([old, new])
    counting = bool(domain.limits)
    if not counting:
        domain.rules += [negated(each.limited) for each in (before, after) if each.limits]
    domain.expect(*usual_facts(new))
    seeds = [*seeds_of(new, counting), *seeds_of(old, counting)]
    prover = Prover(domain, new, max(begun + seconds - time.monotonic(), 0.0), seeds)
    search = _Search(before, after, prover)
    changes = [change for pair in PAIRS for action in new.actions for change in search.changes(*pair, action)]
    unverified = tuple(dict.fromkeys(search.unverified))
    return DiffReport(
        old.ref, new.ref, tuple(changes), notes, unverified, time.monotonic() - begun, usual_facts(new)[0]
    )


def _notes(old: CompiledContract, new: CompiledContract) -> Iterator[str]:
    was, now = (_period(each) for each in (old, new))
    if was != now:
        yield f"the old contract is in force {was}, the new one {now}"
    if _limits(old) != _limits(new):
        yield "the limits differ; which actions they stop depends on what they have counted"


def _period(compiled: CompiledContract) -> str:
    metadata = compiled.contract.metadata
    since = f"from {metadata.effective_from}" if metadata.effective_from else ""
    until = f"until {metadata.effective_until}" if metadata.effective_until else ""
    return " ".join(filter(None, (since, until))) or "always"


def _always_in_force(compiled: CompiledContract) -> CompiledContract:
    undated = compiled.contract.metadata.model_copy(update={"effective_from": None, "effective_until": None})
    return replace(compiled, contract=compiled.contract.model_copy(update={"metadata": undated}))


def _limits(compiled: CompiledContract) -> Any:
    limits = [
        (each.id, each.effect, each.scope.text, each.amount.text, each.per, [key.text for key in each.by], each.max)
        for each in compiled.limits
    ]
    variables = [(name, program.text) for name, program in compiled.variables]
    return sorted(limits), variables if limits else []


class _Search:
    def __init__(self, before: Symbolic, after: Symbolic, prover: Prover) -> None:
        self.before = before
        self.after = after
        self.prover = prover
        self.unverified: list[str] = []
        self._before: dict[int, Witness] = {}

    def changes(self, was: Effect, now: Effect, action: str) -> Iterator[Change]:
        """Facts of one action on which the verdict changes in one way, each time for another reason."""
        words, name = self.prover.domain.words, self.prover.domain.names["action.name"]
        wanted = [self.before.verdict[was], self.after.verdict[now], name.value == words.number(action)]  # type: ignore[union-attr]
        found: dict[Any, Change] = {}
        while len(found) < EACH_MAX:
            answer = self.prover.ask(
                *wanted,
                confirm=lambda made: (
                    (made.facts.action, made.effect) == (action, now)
                    and (change := self._change(made)).old.effect == was
                    and change.reason not in found
                ),
            )
            if answer.kind == "unknown" and not found:
                self.unverified.append(self._unsure(was, now, action, answer.why))
            if answer.witness is None:
                return
            change = self._change(answer.witness)
            found[change.reason] = change
            yield change
            wanted.append(negated(self._same_rules(change)))

    def _change(self, made: Witness) -> Change:
        if id(made.facts) not in self._before:
            # The facts are kept, too, so that their id is not given to others.
            self._before[id(made.facts)] = judged(self.before.compiled, made.facts)
        return Change(self._before[id(made.facts)], made)

    def _same_rules(self, change: Change) -> Any:
        """That the rules which decide here hold on both sides, so that the next change has another reason."""
        sides = ((self.before, change.old.deciding), (self.after, change.new.deciding))
        return both(*(each.holds for side, deciding in sides for each in side.rules if each.id in deciding))

    def _unsure(self, was: Effect, now: Effect, action: str, why: str) -> str:
        reasons = dict.fromkeys(place.reason for place in (*self.before.outside, *self.after.outside))
        told = "; ".join((why, *(f"there is {reason}" for reason in reasons)))
        return f"whether `{action}` goes from {was} to {now}: {told}"
