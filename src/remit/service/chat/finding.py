"""Find decisions by what came of them, when, and what their cases say."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from remit.agents.records import Listed, Stage, StoredDecision, Wanted
from remit.chat.conversation import About, Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.chat.vocabulary import CENTS
from remit.chat.wording import in_words
from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.service.chat.reach import Reach

LOOKED_AT_MAX = 2_000
"""So many decisions are looked at, the newest first: cases are sealed, so each has to be opened to be compared."""

SHOWN_MAX = 20
AT_ONCE = 200
_OPS: Mapping[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A search: what a list is narrowed by, and what each decision is then held against."""

    wanted: Wanted
    action: str | None
    escalated: bool
    subject: str | None
    conditions: tuple[Mapping[str, Any], ...]

    @property
    def opens_cases(self) -> bool:
        return self.action is not None or bool(self.conditions)


def search_decisions(reach: Reach, call: Call) -> Result:
    """The decisions that fit, the newest first; how many were looked at, and whether that is all."""
    asked = _asked(reach, call.args)
    found: list[StoredDecision] = []
    looked_at, all_of_them = 0, True
    for listed in _listed(reach, asked):
        if looked_at == LOOKED_AT_MAX:
            all_of_them = False
            break
        looked_at += 1
        if (stored := _fitting(reach, asked, listed)) is not None:
            found.append(stored)
    shown = found[:SHOWN_MAX]
    citations = [Citation("decision", each.run.decision_id, each.run.decision) for each in shown]
    parts = tuple(
        RunEvent("found", {"n": n, **_row(each, asked)}, About(each.run.decision_id))
        for n, each in enumerate(shown, start=1)
    )
    text = "\n".join(_lines(asked, found, shown, looked_at, all_of_them))
    outcome: Any = "answered" if found else "not_found"
    about = About(subject=asked.subject) if asked.subject else About()
    told = {"text": text, "rows": [each.data for each in parts]}
    answer = Answer(text, tuple(citations), parts, about, outcome, title=f"Search: {_words(asked, plain=True)}")
    return Result("search_decisions", answer, told, tuple(each.run.subject for each in shown if each.run.subject))


def moment(args: Mapping[str, Any], name: str) -> datetime | None:
    """A time that a tool was given. Raises InputError."""
    text = args.get(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise InputError(f"`{name}` is not a time") from error
    if found.tzinfo is None:
        raise InputError(f"`{name}` has no offset")
    return found


def _asked(reach: Reach, args: Mapping[str, Any]) -> _Asked:
    status = args.get("status")
    if status is not None and status not in get_args(Stage):
        raise InputError(f"no decision stands at `{status}`", mend=did_you_mean(str(status), get_args(Stage)))
    conditions = args.get("conditions") or []
    for each in conditions:
        if not isinstance(each, Mapping) or each.get("op") not in _OPS or not isinstance(each.get("field"), str):
            raise InputError("a condition has a field, an op and a value")
    asker = reach.principal.id if reach.whose == "own" else None
    pack = args.get("pack")
    wanted = Wanted(
        pack=None if pack is None else reach.desk.services.pack(str(pack)).name,
        decision=reach.kind(args),
        stage=status,
        asker=asker,
        since=moment(args, "since"),
        until=moment(args, "until"),
    )
    subject = args.get("subject")
    return _Asked(
        wanted,
        args.get("action"),
        args.get("escalated") == "yes",
        None if subject is None else str(subject),
        tuple(conditions),
    )


def _listed(reach: Reach, asked: _Asked) -> Iterator[Listed]:
    """Page by page, each in a moment of its own: a long search keeps nobody from writing."""
    store = reach.desk.services.store
    own: set[str] | None = None
    if asked.subject is not None:
        with store.read() as unit:
            own = set(unit.decisions.of_subject(asked.subject, LOOKED_AT_MAX))
    edge: dict[str, str] = {}
    while True:
        with store.read() as unit:
            page = unit.decisions.page(asked.wanted, AT_ONCE, **edge)
        yield from (each for each in page if own is None or each.decision_id in own)
        if len(page) < AT_ONCE:
            return
        edge = {"after": page[-1].decision_id}


def _fitting(reach: Reach, asked: _Asked, listed: Listed) -> StoredDecision | None:
    if listed.erased_at is not None or (asked.escalated and listed.review_id is None):
        return None
    with reach.desk.services.store.read() as unit:
        stored = unit.decisions.get(listed.decision_id)
    if asked.action is not None and _action(stored) != asked.action:
        return None
    return stored if all(_holds(stored, each) for each in asked.conditions) else None


def _holds(stored: StoredDecision, condition: Mapping[str, Any]) -> bool:
    """Whether a case meets a condition; what it lacks it does not meet. `amount` is its money, in whole units."""
    name = condition["field"]
    value = stored.run.case.get(name)
    if name == "amount" and value is None:
        cents = next((stored.run.case[each] for each in stored.run.case if each.endswith(CENTS)), None)
        value = None if cents is None else cents / 100
    if value is None:
        return False
    try:
        return _OPS[condition["op"]](value, condition["value"])
    except TypeError:
        return False


def _action(stored: StoredDecision) -> str | None:
    return None if stored.judgement is None else str(stored.judgement.proposal["action"]["name"])


def _row(stored: StoredDecision, asked: _Asked) -> dict[str, Any]:
    case = stored.run.case
    named = [each["field"] for each in asked.conditions if each["field"] in case]
    money = [name for name in case if name.endswith(CENTS)][:1]
    return {
        "decision_id": stored.run.decision_id,
        "decision": stored.run.decision,
        "pack": stored.versions.pack,
        "subject": stored.run.subject,
        "status": stored.stage,
        "action": _action(stored),
        "review_id": stored.review_id,
        "asked_at": stored.run.at.isoformat(),
        "values": [in_words(name, case[name]) for name in dict.fromkeys([*money, *named])],
    }


def _lines(
    asked: _Asked, found: Sequence[StoredDecision], shown: Sequence[StoredDecision], looked_at: int, complete: bool
) -> Iterator[str]:
    marks = "".join(f" [{n}]" for n in range(1, len(shown) + 1))
    many = f"{len(found)} decision{'' if len(found) == 1 else 's'}" if found else "no decision"
    yield f"I found {many}: {_words(asked)}{marks}."
    if len(found) > len(shown):
        yield f"The newest {len(shown)} are shown."
    if not complete:
        yield f"I looked at the newest {looked_at:,} only; narrow it by a time."


def _words(asked: _Asked, *, plain: bool = False) -> str:
    """The search as it was understood, so that the asker sees what was counted. `plain`: without values of cases."""
    wanted = asked.wanted
    said = [wanted.decision or wanted.pack or "", f"action {asked.action}" if asked.action else ""]
    said += [f"status {wanted.stage}" if wanted.stage else "", "escalated to a person" if asked.escalated else ""]
    if not plain:
        said += [f"on {asked.subject}" if asked.subject else ""]
        said += [f"{each['field']} {each['op']} {_number(each['value'])}" for each in asked.conditions]
    said.append(between(wanted.since, wanted.until))
    return ", ".join(each for each in said if each) or "all decisions"


def between(since: datetime | None, until: datetime | None) -> str:
    """A period in words, with its dates."""
    words = [f"from {since:%Y-%m-%d %H:%M}" if since else "", f"until before {until:%Y-%m-%d %H:%M}" if until else ""]
    return " ".join(each for each in words if each)


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
