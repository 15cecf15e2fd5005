"""What past decisions teach a brain that reads examples: what was good, what has to stay so, what was turned down.

A decision is a good example when it was approved, by the contract or by a person, was carried out as it was proposed,
and its outcome says that no other action would have been worth more. Some are shown to the brain (few-shot), so many
for each action; the others never are and become regression cases: what is tested on must not have been read. What a
person rejected, or put other arguments to, becomes an improvement case.

Where people reject the same again and again, one field of the case tells it apart best (a decision stump, Iba and
Langley, 1992): that is written down as a rule that a person may merge. Nothing here changes a contract.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Word = Literal["good", "rejected", "edited"]
SHOWN_MAX = 5
"""Examples for each action that are shown to a brain."""
REJECTED_MIN = 5
SHARE_MIN = 0.8
"""So many rejections of one action, and so large a share of what a rule would cover, make a rule worth proposing."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One decision: the case without its subject and its protected attributes, what was proposed, and what people said.

    `wanted` are the arguments that a person put in place of those proposed, `code` and `why` the reason that they gave.
    """

    decision_id: str
    case: Mapping[str, Any]
    action: str
    args: Mapping[str, Any]
    reasons: Sequence[str]
    word: Word
    approved_by: Literal["contract", "person"] | None = None
    outcome: str | None = None
    wanted: Mapping[str, Any] | None = None
    code: str | None = None
    why: str | None = None

    def to_json(self) -> dict[str, Any]:
        """A line of a file; what is not known is left out."""
        said = {
            "decision_id": self.decision_id,
            "case": dict(self.case),
            "action": {"name": self.action, "args": dict(self.args)},
            "reasons": list(self.reasons),
            "word": self.word,
            "approved_by": self.approved_by,
            "outcome": self.outcome,
            "wanted": None if self.wanted is None else dict(self.wanted),
            "code": self.code,
            "why": self.why,
        }
        return {name: each for name, each in said.items() if each is not None}


@dataclass(frozen=True, slots=True)
class ProposedRule:
    """A rule that a person may merge: of the proposals that it covers people rejected so many, and approved so many."""

    id: str
    when: str
    rejected: int
    approved: int

    def to_json(self) -> dict[str, Any]:
        """As a rule of a policy contract."""
        total = self.rejected + self.approved
        reason = f"Reviewers rejected {self.rejected} of {total} such proposals."
        return {"id": self.id, "when": self.when, "effect": "deny", "reason": reason}


def parted(lessons: Sequence[Lesson], shown_max: int = SHOWN_MAX) -> dict[str, list[Lesson]]:
    """The examples that are shown, the newest of each action; the regressions; the improvements. In order of ids."""
    good = sorted((each for each in lessons if each.word == "good"), key=lambda each: each.decision_id)
    shown: list[Lesson] = []
    for action in sorted({each.action for each in good}):
        of = [each for each in good if each.action == action]
        # At least as many stay for testing as are shown.
        shown += of[-min(shown_max, len(of) // 2) :] if len(of) > 1 else []
    ids = {each.decision_id for each in shown}
    return {
        "examples": sorted(shown, key=lambda each: each.decision_id),
        "regressions": [each for each in good if each.decision_id not in ids],
        "improvements": sorted((each for each in lessons if each.word != "good"), key=lambda each: each.decision_id),
    }


def proposed_rules(lessons: Sequence[Lesson]) -> list[ProposedRule]:
    """For each action that people rejected often, the one condition that tells the rejected from the approved best."""
    found = []
    for action in sorted({each.action for each in lessons if each.word == "rejected"}):
        rejected = [each.case for each in lessons if each.action == action and each.word == "rejected"]
        approved = [each.case for each in lessons if each.action == action and each.word != "rejected"]
        rules = [
            ProposedRule(f"often-rejected-{action.replace('_', '-')}", _when(action, *condition), hits, misses)
            for condition in _conditions(rejected)
            if (hits := sum(_holds(case, *condition) for case in rejected)) >= REJECTED_MIN
            and hits >= SHARE_MIN * (hits + (misses := sum(_holds(case, *condition) for case in approved)))
        ]
        if rules:
            found.append(max(rules, key=lambda rule: (rule.rejected - rule.approved, rule.when)))
    return found


def _conditions(cases: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """Every field beside each value that was rejected: equal for texts, at most or at least for numbers."""
    for name in sorted({name for case in cases for name in case}):
        values = {case[name] for case in cases if isinstance(case.get(name), str | int | float)}
        kinds = {type(value) for value in values}
        if len(kinds) != 1:
            continue
        for value in sorted(values):
            yield from ((name, sign, value) for sign in (("==",) if kinds & {str, bool} else ("<=", ">=")))


def _holds(case: Mapping[str, Any], name: str, sign: str, value: Any) -> bool:
    found: Any = case.get(name)
    if type(found) is not type(value):
        return False
    return bool(found == value if sign == "==" else found <= value if sign == "<=" else found >= value)


def _when(action: str, name: str, sign: str, value: Any) -> str:
    return f"action.name == {json.dumps(action)} && case.{name} {sign} {json.dumps(value)}"
