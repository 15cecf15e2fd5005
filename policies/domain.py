"""Every input that a contract can be asked about, as z3 variables with the bounds of the data contract.

Free texts are the numbers of words: an expression that is put to the solver can only tell whether two are the same. A
double is its rank. A list is as long as its conditions can tell apart (see `bounds`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args

import z3

from remit.core.scalars import INT64_MAX, INT64_MIN
from remit.core.schema import ActionSchema, Field, Record
from remit.core.words import Trust
from remit.policies.bounds import EXACT_MAX
from remit.policies.facts import EVIDENCE, NEED, USAGE, Window, union_of_args
from remit.policies.terms import (
    RANK_MAX,
    Curve,
    Fields,
    Items,
    Number,
    Term,
    Truth,
    Value,
    both,
    choose,
    either,
    input_double,
    rank,
)

USUAL_ITEM = {
    "id": "given@1#1",
    "source": "given",
    "title": "given",
    "trust": "trusted",
    "age_days": 0,
    "score": 1.0,
    "similarity": 1.0,
    "met": True,
}
"""What a test has where it does not say it; a witness has it where it can."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """A moment as whole microseconds since 1970."""
    gone = moment - EPOCH
    return (gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds


TIME_MIN = microseconds(datetime.min.replace(tzinfo=UTC))
TIME_MAX = microseconds(datetime.max.replace(tzinfo=UTC))
NEAR_MIN, NEAR_MAX = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (1500, 2500))
"""Between these a time that is handed to the library as a value arrives exactly. It goes by way of a float of seconds:
further away a fraction just below a second can become the next second, and the very first instant is an error."""

TIMELY_MIN, TIMELY_MAX = (microseconds(datetime(year, 1, 1, tzinfo=UTC)) for year in (1900, 2150))


class Words:
    """Texts by number. A number that no text has stands for any text that is not named anywhere."""

    def __init__(self) -> None:
        # A solver likes 0, so this is what a text is called that nothing depends on.
        self._numbers: dict[str, int] = {"given": 0}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def text(self, number: int, like: str = "other") -> str:
        """The text of a number; for an unknown one a fresh text, the same for the same number."""
        known = list(self._numbers)
        if 0 <= number < len(known):
            return known[number]
        fresh = f"{like}-{number}"
        while fresh in self._numbers:
            fresh += "-"
        return fresh


@dataclass
class Domain:
    """The inputs. `names` are those of the prelude; `rules` is what always holds; `usual` what a reader would expect.

    They are those that the engine can meet: fields within their ranges, one action with its own arguments, a confidence
    and a propensity between 0 and 1, a clock between 1500 and 2500. Patterns of texts and rules between fields are left
    out, so more is looked at than can occur.

    `usual` is a list of conditions, the most telling first, that a witness fulfils where it can. `timely` keeps every
    time within some centuries of ours: differences of times do not overflow there. `limits` are those whose counts are
    inputs, too, with their windows: any count that is not negative.
    """

    case: Record
    actions: Mapping[str, ActionSchema]
    lengths: Mapping[str, int]
    limits: Mapping[str, Window] = field(default_factory=dict)
    context: z3.Context = field(default_factory=z3.Context)
    words: Words = field(default_factory=Words)
    rules: list[Truth] = field(default_factory=list)
    usual: list[Truth] = field(default_factory=list)
    timely: list[Truth] = field(default_factory=list)
    names: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._action()
        self.names["case"] = self.record("case", self.case)
        self._around()
        counts = {each: Term("int", self.integer(f"{USAGE}.{each}", 0)) for each in self.limits}
        self.names[USAGE] = Fields(dict(counts), dict.fromkeys(counts, True))
        self.usual += [each.value == 0 for each in counts.values()]

    def integer(self, name: str, low: int = INT64_MIN, high: int = INT64_MAX) -> Any:
        made = z3.Int(name, self.context)
        self.rules += [made >= low, made <= high]
        return made

    def moment(self, name: str) -> Any:
        made = self.integer(name, TIME_MIN, TIME_MAX)
        self.timely += [made >= TIMELY_MIN, made <= TIMELY_MAX]
        self.usual += self.timely[-2:]
        return made

    def truth(self, name: str) -> Any:
        return z3.Bool(name, self.context)

    def text(self, name: str, values: Sequence[str] = ()) -> Any:
        made = z3.Int(name, self.context)
        known = [made == self.words.number(value) for value in values]
        self.rules.append(either(*known) if known else made >= 0)
        return made

    def record(self, name: str, record: Record) -> Fields:
        """A record of the data contract, or of the prelude."""
        return Fields(*self._fields(name, record))

    def _fields(self, name: str, record: Record) -> tuple[dict[str, Term | Items], dict[str, Truth]]:
        found: dict[str, Term | Items] = {}
        present: dict[str, Truth] = {}
        for one in record.fields:
            path = f"{name}.{one.name}"
            if one.type == "strings":
                found[one.name] = items = self.texts(path, one.max_items)
                present[one.name] = items.size > 0
                continue
            there: Truth = True if one.required else self.truth(f"{path}?")
            found[one.name] = self._scalar(path, one, there)
            present[one.name] = there
        return found, present

    def _scalar(self, path: str, one: Field, there: Truth) -> Term:
        absent = z3.Not(there) if not isinstance(there, bool) else False
        if one.type == "boolean":
            return Term("bool", self.truth(path), null=absent)
        if one.type == "string":
            return Term("string", self.text(path, one.values), null=absent)
        if one.type == "timestamp":
            # An absent time reads as 1970 and is not null: protobuf has no null for it.
            return Term("timestamp", choose(there, self.moment(path), 0))
        low, high = one.minimum, one.maximum
        if one.type == "number":
            bounds = (-RANK_MAX if low is None else rank(float(low)), RANK_MAX if high is None else rank(float(high)))
            return Term("double", ((True, input_double(self.integer(path, *bounds), *bounds)),), null=absent)
        least = INT64_MIN if low is None else max(math.ceil(low), INT64_MIN)
        most = INT64_MAX if high is None else min(math.floor(high), INT64_MAX)
        return Term("int", self.integer(path, least, most), null=absent)

    def texts(self, path: str, most: int | None = None) -> Items:
        """A list of free texts."""
        count, exact, unbounded = self._length(path, most)
        size = self.integer(f"{path}#", 0, count)
        words = [Term("string", self.text(f"{path}[{place}]")) for place in range(count)]
        return Items(tuple((place < size, word) for place, word in enumerate(words)), size, exact, unbounded)

    def _records(self, path: str, record: Record) -> Items:
        count, exact, unbounded = self._length(path, None)
        size = self.integer(f"{path}#", 0, count)
        made = [self.record(f"{path}[{place}]", record) for place in range(count)]
        self.usual += [size == 0, size <= 1]
        self.usual += [wish for each in made for wish in self._as_given(each)]
        return Items(tuple((place < size, each) for place, each in enumerate(made)), size, exact, unbounded)

    def _as_given(self, each: Fields) -> Iterator[Truth]:
        """That a passage or a need is as it is in a test that says nothing of it."""
        for name, value in USUAL_ITEM.items():
            held = each.fields.get(name)
            if isinstance(held, Term):
                yield self._is(held, value)

    def _is(self, held: Term, value: Any) -> Truth:
        if held.kind == "string":
            return held.value == self.words.number(str(value))
        if held.kind == "double":
            return held.value[0][1].base == rank(float(value))
        if held.kind == "bool":
            return held.value if value else z3.Not(held.value)
        return held.value == value if held.kind == "int" else True

    def _length(self, path: str, most: int | None) -> tuple[int, bool, bool]:
        """How long the list is modelled, whether it cannot be longer, and whether that says nothing."""
        if most is not None and most <= EXACT_MAX:
            return most, True, False
        wanted = self.lengths.get(path, 0)
        if wanted < 0:
            return 0, False, True
        return (wanted if most is None else min(wanted, most)), False, False

    def _action(self) -> None:
        name = self.text("action.name", tuple(self.actions))
        self.names["action.name"] = Term("string", name)
        chosen = {each: name == self.words.number(each) for each in self.actions}
        risk: Number = 0
        for each, schema in self.actions.items():
            risk = choose(chosen[each], self.words.number(schema.risk), risk)
        self.names["action.risk"] = Term("string", risk)
        for attribute in ("reversible", "has_effect"):
            held = either(*(chosen[each] for each, schema in self.actions.items() if getattr(schema, attribute)))
            self.names[f"action.{attribute}"] = Term("bool", held)
        self._args(chosen)

    def _args(self, chosen: Mapping[str, Truth]) -> None:
        union = union_of_args(tuple(self.actions.values()))
        found: dict[str, Term | Items] = {}
        present: dict[str, Truth] = {}
        for one in union.fields:
            declared = {each: own for each, schema in self.actions.items() if (own := schema.args.field(one.name))}
            path = f"action.args.{one.name}"
            if one.type == "strings":
                most = [own.max_items for own in declared.values()]
                items = self.texts(path, None if None in most else max(filter(None, most), default=0))
                found[one.name], present[one.name] = items, items.size > 0
            else:
                present[one.name] = there = self.truth(f"{path}?")
                found[one.name] = self._scalar(path, Field(one.name, one.type, required=False), there)
            for each, condition in chosen.items():
                self.rules.append(
                    z3.Implies(condition, _argument(found[one.name], present[one.name], declared.get(each), self))
                )
        self.names["action.args"] = Fields(found, present)

    def _around(self) -> None:
        self.names["actor.id"] = Term("string", self.text("actor.id"))
        self.names["actor.kind"] = Term("string", self.text("actor.kind", ("user", "app", "system")))
        self.names["actor.roles"] = roles = self.texts("actor.roles")
        self.names["evidence"] = evidence = self._records("evidence", EVIDENCE)
        self.names["needs"] = self._records("needs", NEED)
        for _, each in evidence.places:
            assert isinstance(each, Fields)
            trusted, trust = each.fields["trusted"], each.fields["trust"]
            self.rules.append(_value(trusted) == (_value(trust) == self.words.number(get_args(Trust)[0])))
        for name in ("confidence", "propensity"):
            bounds = (rank(0.0), rank(1.0))
            base = self.integer(f"proposal.{name}", *bounds)
            self.names[f"proposal.{name}"] = Term("double", ((True, input_double(base, *bounds)),))
            self.usual.append(base == rank(1.0))
        self.names["proposal.proposer"] = Term("string", self.text("proposal.proposer"))
        self.names["proposal.cites"] = cites = self.texts("proposal.cites")
        self.names["case_quality"] = quality = Term("string", self.text("case_quality", ("ok", "degraded")))
        self.names["now"] = now = Term("timestamp", self.moment("now"))
        self.rules += [now.value >= NEAR_MIN, now.value <= NEAR_MAX]
        kind = _value(self.names["actor.kind"])
        self.usual += [
            quality.value == self.words.number("ok"),
            kind == self.words.number("user"),
            _value(self.names["actor.id"]) == self.words.number("tester"),
            _value(self.names["proposal.proposer"]) == self.words.number("given"),
            roles.size == 0,
            cites.size == 0,
        ]

    def expect(self, case: Mapping[str, Any], now: datetime) -> None:
        """A witness is as near as it can be to this case, at this time."""
        record = self.names["case"]
        assert isinstance(record, Fields)
        wishes = [self._like(record, one.name, case.get(one.name)) for one in self.case.fields]
        moment = _value(self.names["now"]) == microseconds(now)
        self.usual[:0] = [wish for wish in (moment, *wishes) if not isinstance(wish, bool)]

    def _like(self, record: Fields, name: str, value: Any) -> Truth:
        there, held = record.present[name], record.fields[name]
        if isinstance(held, Items):
            return held.size == 0 if not value else True
        if value is None:
            return z3.Not(there) if not isinstance(there, bool) else _ordinary(held)
        return both(there, self._is(held, value))


def _ordinary(held: Term) -> Truth:
    if held.kind == "bool":
        return z3.Not(held.value)
    if held.kind == "int":
        return held.value >= 0
    return held.value[0][1].base >= 0 if held.kind == "double" else True


def _argument(held: Term | Items, there: Truth, own: Field | None, domain: Domain) -> Truth:
    """What an argument can be under one action, which declares it as `own` or not at all."""
    if isinstance(held, Items):
        most = 0 if own is None else own.max_items
        return held.size <= most if most is not None else z3.BoolVal(True, domain.context)
    if own is None:
        return z3.Not(there)
    wanted: list[Truth] = [there] if own.required else []
    if own.values:
        wanted.append(either(*(held.value == domain.words.number(word) for word in own.values)))
    value: Number = held.value
    low, high = own.minimum, own.maximum
    if held.kind == "double":
        curve = value[0][1]
        assert isinstance(curve, Curve)
        value = curve.base
        low, high = (None if low is None else rank(float(low))), (None if high is None else rank(float(high)))
    if low is not None:
        wanted.append(value >= math.ceil(low))
    if high is not None:
        wanted.append(value <= math.floor(high))
    held_true = both(*wanted)
    return z3.BoolVal(held_true, domain.context) if isinstance(held_true, bool) else held_true


def _value(held: Value) -> Any:
    assert isinstance(held, Term)
    return held.value


def in_force(since: Iterable[datetime], until: Iterable[datetime], now: Number) -> Truth:
    """The moment is not before the one nor from the other on."""
    return both(*(now >= microseconds(each) for each in since), *(now < microseconds(each) for each in until))
