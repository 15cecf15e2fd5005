"""Random small contracts and random facts for them, each from a seed; not a test by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from remit.core.schema import ActionSchema, Field, Record
from remit.core.words import Actor, Evidence, NeedResult
from remit.policies.facts import Facts, Used

CASE = Record(
    "case",
    (
        Field("amount", "integer", minimum=-5, maximum=40),
        Field("wide", "integer"),
        Field("maybe", "integer", required=False),
        Field("kind", "string", values=("car", "house", "boat")),
        Field("note", "string"),
        Field("remark", "string", required=False),
        Field("rate", "number", minimum=0.0, maximum=1.0),
        Field("income", "number", required=False),
        Field("flag", "boolean"),
        Field("hint", "boolean", required=False),
        Field("tags", "strings"),
        Field("codes", "strings", max_items=3),
        Field("due", "timestamp"),
        Field("paid", "timestamp", required=False),
    ),
)
ACTIONS = (
    ActionSchema("grant", Record("args", (Field("cents", "integer", minimum=1),)), "high", False, True),
    ActionSchema("lower", Record("args", (Field("cents", "integer", required=False), Field("by", "number")))),
    ActionSchema("decline", Record("args", (Field("reasons", "strings", max_items=2),)), "medium"),
)
WORDS = ("a", "b", "rule", "x")
INTS = (0, 1, -1, 2, 7, 40, 2**63 - 1, -(2**63))
DOUBLES = (0.0, 0.5, 1.0, -1.5, 0.1, 1e308, 3.0)
LIMITS = ("paid", "in-a-month")
COUNTS = ("usage.paid", "usage['in-a-month']")
TIMES = ("2026-01-01T00:00:00Z", "2026-06-01T12:30:00+02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
SPANS = ("1h", "36h", "1.5s", "-2h", "2000000h")


class Writer:
    """Writes expressions of a given type, over the inputs above; some are refused by the type checker or the traps.

    Where it is `counting` it reads what limits have counted.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.counting = False

    def pick(self, *options: Any) -> Any:
        return self.random.choice(options)

    def condition(self, depth: int = 3) -> str:
        simple = self.random.random() < 0.25 or depth == 0
        if not simple:
            joint = self.pick("&&", "||", "&&", "||", "!", "?")
            if joint == "!":
                return f"!({self.condition(depth - 1)})"
            if joint == "?":
                return "({} ? {} : {})".format(*(self.condition(depth - 1) for _ in range(3)))
            return f"({self.condition(depth - 1)} {joint} {self.condition(depth - 1)})"
        return str(self.pick(*self._ATOMS)(self))

    def rarely(self, *outside: str) -> str:
        """Now and then something that the solver cannot be asked."""
        return str(self.pick(*outside)) if self.random.random() < 0.2 else "case.flag"

    def order(self) -> str:
        return str(self.pick("<", "<=", ">", ">=", "==", "!="))

    def integer(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.5:
            names = ("case.amount", "case.amount", "case.wide", "case.maybe", "action.args.cents", "variables.sum")
            counts = COUNTS if self.counting else ()
            return str(self.pick(*names, *counts, str(self.pick(*INTS))))
        sign = self.pick("+", "-", "*", "/", "%", "?", "-_")
        if sign == "?":
            return f"({self.condition(0)} ? {self.integer(depth - 1)} : {self.integer(depth - 1)})"
        if sign == "-_":
            return f"(-({self.integer(depth - 1)}))"
        return f"({self.integer(depth - 1)} {sign} {self.integer(depth - 1)})"

    def number(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.4:
            names = ("case.rate", "case.income", "proposal.confidence", "variables.share", "action.args.by")
            return str(self.pick(*names, str(self.pick(*DOUBLES)), f"double({self.integer(0)})"))
        sign = self.pick("+", "-", "*", "/", "?")
        if sign == "?":
            return f"({self.condition(0)} ? {self.number(depth - 1)} : {self.number(depth - 1)})"
        parts = [self.number(depth - 1), str(self.pick(*DOUBLES))]
        if sign != "/":
            self.random.shuffle(parts)
        return f"({parts[0]} {sign} {parts[1]})"

    def word(self) -> str:
        names = ("case.note", "case.remark", "case.kind", "actor.id", "variables.name", "proposal.proposer")
        return str(self.pick(*names, f"'{self.pick(*WORDS)}'"))

    def words(self) -> str:
        lists = ("case.tags", "case.codes", "actor.roles", "action.args.reasons", "proposal.cites", "['a', 'b']")
        return str(self.pick(*lists))

    def moment(self) -> str:
        base = str(self.pick("now", "case.due", "case.paid", "variables.day", f"timestamp('{self.pick(*TIMES)}')"))
        return f"{base} {self.pick('+', '-')} duration('{self.pick(*SPANS)}')" if self.random.random() < 0.4 else base

    def of_words(self) -> str:
        part = self.pick(f"c == {self.word()}", f"c in ['a', {self.word()}]", f"1 / {self.integer(0)} > 0", "c != 'a'")
        body = f"{part} {self.pick('&&', '||')} {self.condition(0)}"
        return f"{self.words()}.{self.pick('exists', 'all', 'exists_one')}(c, {body})"

    def of_evidence(self) -> str:
        parts = (
            f"e.need == {self.word()}",
            "e.trusted",
            "e.trust == 'untrusted'",
            f"e.age_days {self.order()} {self.integer(0)}",
            "e.score > 0.5",
            "e.id in proposal.cites",
        )
        body = f"{self.pick(*parts)} {self.pick('&&', '||')} {self.pick(*parts)}"
        if self.random.random() < 0.3:
            return f"size(evidence.filter(e, {body})) {self.order()} {self.pick(0, 1, 2)}"
        return f"evidence.{self.pick('exists', 'all', 'exists_one')}(e, {body})"

    _ATOMS = (
        lambda self: f"{self.integer()} {self.order()} {self.integer()}",
        lambda self: f"{self.integer()} {self.order()} {self.integer()}",
        lambda self: f"{self.number()} {self.order()} {self.pick(*DOUBLES)}",
        lambda self: f"{self.number(0)} {self.order()} {self.pick('case.rate', '0.5', '1.0')}",
        lambda self: f"{self.word()} {self.pick('==', '!=')} {self.word()}",
        lambda self: f"{self.word()} in [{self.word()}, {self.word()}]",
        lambda self: f"{self.integer(0)} in [{self.integer(0)}, 1, 2]",
        lambda self: f"case.kind {self.pick('==', '!=')} '{self.pick('car', 'house', 'boat')}'",
        lambda self: f"action.name {self.pick('==', '!=')} '{self.pick('grant', 'lower', 'decline')}'",
        lambda self: f"action.risk == '{self.pick('low', 'high')}'",
        lambda self: str(self.pick("case.flag", "case.hint", "action.has_effect", "variables.sure", "true", "false")),
        lambda self: f"case.hint {self.pick('==', '!=', '<')} {self.condition(0)}",
        lambda self: f"has({self.pick('case.maybe', 'case.paid', 'action.args.cents', 'case.tags', 'case.note')})",
        lambda self: f"{self.pick('case.maybe', 'case.remark', 'case.income')} {self.pick('==', '!=')} null",
        lambda self: f"{self.word()} in {self.words()}",
        lambda self: f"size({self.words()}) {self.order()} {self.pick(0, 1, 2, 3)}",
        lambda self: f"size(action.args.reasons) + 1 {self.order()} {self.integer(0)}",
        lambda self: self.of_words(),
        lambda self: self.of_evidence(),
        lambda self: "needs.exists(n, !n.met)",
        lambda self: f"needs.all(n, n.met || n.need == {self.word()})",
        lambda self: f"{self.moment()} {self.order()} {self.moment()}",
        lambda self: f"{self.pick('now', 'case.due')} - case.due {self.order()} duration('{self.pick(*SPANS)}')",
        lambda self: self.rarely(f"{self.word()}.startsWith('a')", "case.tags[0] == 'a'"),
    )


def contract_text(seed: int, compiles: Any) -> str:
    """A contract with variables, rules, a requirement and a duty; `compiles` says whether a condition is taken."""
    random = Random(seed)
    writer = Writer(random)

    def condition() -> str:
        made = (writer.condition() for _ in range(50))
        return next((each for each in made if compiles(each)), "true")

    def amount() -> str:
        made = (writer.integer() for _ in range(50))
        return next((each for each in made if compiles(f"({each}) == 0")), "1")

    def line(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    limits, reads = "", ""
    if random.random() < 0.5:
        keys = random.choice(("case.kind", "case.remark", "action.args.cents", "actor.id, case.hint"))
        limits = (
            f"limits:\n  - {{id: paid, for: {line(condition())}, sum: {line(amount())}, per: day, by: [{keys}], "
            f"max: {random.choice((0, 5, 40))}, else: {random.choice(('escalate', 'deny'))}}}\n"
            f"  - {{id: in-a-month, sum: {line(amount())}, per: month, max: 40, else: escalate}}\n"
        )
        reads = f"  - {{id: used, when: usage.paid {writer.order()} 7, effect: escalate, reason: R.}}\n"
        writer.counting = True
    rules = reads + "".join(
        f"  - {{id: r{number}, when: {line(condition())}, effect: {effect}, reason: R.}}\n"
        for number, effect in enumerate(random.choices(("allow", "escalate", "deny"), k=3))
    )
    scope = f"for: {line(condition())}, " if random.random() < 0.5 else ""
    else_ = writer.pick("escalate", "deny")
    until = "effective_until: 2026-12-31" if random.random() < 0.3 else "effective_from: 2020-01-01"
    return (
        "apiVersion: remit/v1\nkind: PolicyContract\n"
        f"metadata: {{name: r, version: 1, owner: o, {until}}}\n"
        f"decision: d.d\ndefault: {writer.pick('escalate', 'deny')}\non_error: {writer.pick('escalate', 'deny')}\n"
        f"variables:\n  sum: {line(VARIABLES['sum'])}\n  share: {line(VARIABLES['share'])}\n"
        f"  name: {line(VARIABLES['name'])}\n  sure: {line(VARIABLES['sure'])}\n  day: {line(VARIABLES['day'])}\n"
        f"rules:\n{rules}{limits}requires:\n  - {{id: q, {scope}check: {line(condition())}, else: {else_}}}\n"
        f"obligations:\n  - {{when: {line(condition())}, do: notify, to: x}}\n"
        f"invariants:\n  - {{id: i, never: {line(condition() + ' && verdict == ' + repr('allow'))}}}\n"
    )


VARIABLES = {
    "sum": "case.amount + case.wide",
    "share": "case.income * 3.0",
    "name": "has(case.remark) ? case.remark : case.note",
    "sure": "case.flag || case.hint",
    "day": "case.due",
}


def random_facts(seed: int) -> Facts:
    """Facts that fit the data contract."""
    random = Random(seed)

    def maybe(value: Any) -> Any:
        return value if random.random() < 0.6 else None

    def integer() -> int:
        return int(random.choice((*INTS, random.randint(-9, 60))))

    def words(most: int) -> list[str]:
        return [random.choice((*WORDS, "car", "unheard")) for _ in range(random.randint(0, most))]

    def near() -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.choice((0, random.randint(-(10**6), 10**6))))

    def moment() -> datetime:
        return datetime.fromisoformat(random.choice(TIMES)).astimezone(UTC) if random.random() < 0.3 else near()

    case = {
        "amount": random.choice((-5, 0, 1, 2, 7, 40, random.randint(-5, 40))),
        "wide": integer(),
        "maybe": maybe(integer()),
        "kind": random.choice(("car", "house", "boat")),
        "note": random.choice((*WORDS, "zz")),
        "remark": maybe(random.choice((*WORDS, "zz"))),
        "rate": random.choice((0.0, 0.5, 0.1, 1.0, random.random())),
        "income": maybe(random.choice((*DOUBLES, -0.0, random.uniform(-3, 3)))),
        "flag": random.random() < 0.5,
        "hint": maybe(random.random() < 0.5),
        "tags": words(3),
        "codes": words(3),
        "due": near().isoformat(),
        "paid": maybe(moment().isoformat()),
    }
    action = random.choice(("grant", "lower", "decline"))
    args: dict[str, Any] = {
        "grant": {"cents": random.choice((1, 2, 40, 10**6))},
        "lower": {"cents": maybe(integer()), "by": random.choice(DOUBLES)},
        "decline": {"reasons": words(2)},
    }[action]
    passages = tuple(
        Evidence(
            random.choice(WORDS),
            random.choice(WORDS),
            "s",
            "t",
            1,
            "",
            random.choice((0.2, 0.9)),
            0.5,
            random.choice(("trusted", "internal", "untrusted")),
            integer(),
        )
        for _ in range(random.randint(0, 2))
    )
    return Facts(
        case={name: value for name, value in case.items() if value is not None},
        action=action,
        args={name: value for name, value in args.items() if value is not None},
        actor=Actor(random.choice(WORDS), random.choice(("user", "app", "system")), tuple(words(2))),
        now=near(),
        evidence=passages,
        needs=tuple(
            NeedResult(random.choice(WORDS), random.random() < 0.7, "", 1) for _ in range(random.randint(0, 2))
        ),
        confidence=random.choice((0.0, 0.5, 1.0, random.random())),
        proposer=random.choice(WORDS),
        cites=tuple(words(2)),
        usage={name: Used("", random.choice((0, 1, 7, 39, 40, 2**63 - 1))) for name in LIMITS},
    )
