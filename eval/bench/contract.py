"""10, 100 and 1,000 rules in three languages: Remit's contract, a zen-engine decision table, Cedar policies.

Each has to name every rule that holds, and the verdict that follows; that all agree is checked before any is timed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from remit.core.errors import SystemFailed
from remit.core.words import Actor, Effect
from remit.eval.bench.measure import Spread, Step, interleaved, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import Workbench
from remit.policies.combine import strictest
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

SIZES = (10, 100, 1_000)
CASES = 100
_EFFECTS: tuple[Effect, ...] = get_args(Effect)
_AMOUNTS = [100_000 * step for step in range(4, 17)]
_PURPOSES = ("car_new", "car_used", "business", "education", "repairs", "furniture_equipment", "radio_television")
_JOBS = ("unskilled_resident", "skilled_employee", "management_or_self_employed")

Heard = tuple[Effect, tuple[str, ...]]
"""The verdict, and the ids of the rules that hold, sorted."""

Judge = Callable[[Mapping[str, Any]], Heard]


@dataclass(frozen=True, slots=True)
class Language:
    """How a rule is spelled."""

    field: str
    both: str
    either: str
    no: str
    one_of: str


CEL = Language("case.{}", "&&", "||", "!({})", "{} in {}")
ZEN = Language("{}", "and", "or", "not({})", "{} in {}")
CEDAR = Language("context.{}", "&&", "||", "!({})", "{1}.contains({0})")


def measure(bench: Workbench, rounds: int) -> Section:
    """Time per verdict with full findings. Raises SystemFailed when the languages disagree."""
    cases = bench.admitted[:CASES]
    figures = [figure for size in SIZES for figure in _of_size(bench, size, cases, rounds)]
    return Section(
        "Contracts of 10, 100 and 1,000 rules, with full findings",
        f"The same rules and {len(cases)} real cases in each language. All give the same verdicts, by the same rules. "
        "Remit also names the clause that made each rule hold.",
        tuple(figures),
    )


def _of_size(bench: Workbench, size: int, cases: Sequence[Mapping[str, Any]], rounds: int) -> Iterator[Figure]:
    judges = {"Remit": _remit(bench, size), **_rivals(size)}
    heard = {name: [judge(case) for case in cases] for name, judge in judges.items()}
    for name, answers in heard.items():
        if answers != heard["Remit"]:
            raise SystemFailed(f"{name} and Remit give other verdicts on the same rules", code="bench_disagrees")

    def step(judge: Judge) -> Step:
        return lambda number: judge(cases[number])

    times = interleaved(rounds, len(cases), {name: step(judge) for name, judge in judges.items()})
    found = sum(len(rules) for _, rules in heard["Remit"]) / len(cases)
    for name, spent in times.items():
        told = f"{size:,} rules, of which {found:.1f} hold: {name}, one verdict"
        yield Figure(told, Spread.of(each * 1000 for each in spent), "us")
    for name in judges:
        if name != "Remit":
            aim = "<= 2" if name.startswith("zen") else None
            yield Figure(f"{size:,} rules: Remit / {name}", ratios(times["Remit"], times[name]), "x", aim)


def rules(language: Language, count: int) -> Iterator[tuple[str, Effect, str]]:
    """Id, effect and condition of each rule in a language, in four forms over six fields of the credit case."""
    for number in range(count):
        amount, term = language.field.format("amount_cents"), language.field.format("duration_months")
        purpose, job = language.field.format("purpose"), language.field.format("job")
        phone, debts = language.field.format("has_telephone"), language.field.format("existing_credits")
        # A little more each time round, so that no two rules of a thousand say the same.
        limit, months = _AMOUNTS[number % len(_AMOUNTS)] + 4 * (number // len(_AMOUNTS)), 24 + number % 36
        word = json.dumps(_PURPOSES[number % len(_PURPOSES)])
        words = json.dumps([_JOBS[number % 3], _JOBS[(number + 1) % 3]])
        condition = (
            f"{amount} > {limit} {language.both} {purpose} == {word}",
            f"{term} >= {months} {language.both} {amount} < {limit // 4}",
            f"{language.one_of.format(job, words)} {language.both} {debts} > {1 + number % 3} {language.both} "
            f"{amount} > {limit}",
            f"({amount} > {limit * 2} {language.either} {debts} > {2 + number % 2}) {language.both} "
            f"{language.no.format(phone)} {language.both} {purpose} == {word}",
        )[number % 4]
        yield f"rule-{number:04}", _EFFECTS[number % 3], condition


def contract_of(bench: Workbench, size: int, invariants: Sequence[Mapping[str, str]] = ()) -> CompiledContract:
    """So many of the rules as a contract of the credit decision."""
    decision = bench.decision
    contract = {
        "apiVersion": "remit/v1",
        "kind": "PolicyContract",
        "metadata": {"name": "bench", "version": 1, "owner": "bench"},
        "decision": decision.name,
        "default": "escalate",
        "on_error": "escalate",
        "rules": [
            {"id": rule, "effect": effect, "when": condition, "reason": f"The {rule} holds."}
            for rule, effect, condition in rules(CEL, size)
        ],
        "invariants": list(invariants),
    }
    return load_contract(
        json.dumps(contract, indent=1),
        "bench.yaml",
        case=decision.contract.record,
        actions=list(decision.policy.actions.values()),
    )


def _remit(bench: Workbench, size: int) -> Judge:
    """Through the same door as a decision: facts in, verdict out."""
    compiled, decision = contract_of(bench, size), bench.decision
    actor, now = Actor("bench"), datetime(2026, 1, 1, tzinfo=UTC)
    action = next(iter(decision.actions))

    def judge(case: Mapping[str, Any]) -> Heard:
        verdict = compiled.evaluate(Facts(case, action, {}, actor, now))
        return verdict.effect, tuple(sorted(each.rule for each in verdict.findings if each.rule != "default"))

    return judge


def _rivals(size: int) -> dict[str, Judge]:
    """The other engines, with everything prepared ahead that they let one prepare."""
    try:
        return {"zen-engine": _zen(size), "cedarpy": _cedar(size)}
    except ImportError as error:
        raise SystemFailed(
            f"{error.name} is not installed", code="bench_rival", mend="pip install 'remit[dev]', or use --only"
        ) from error


def _zen(size: int) -> Judge:
    """A decision table that collects every row that holds."""
    import zen

    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [
            {"id": "rule", "name": "rule", "field": "rule"},
            {"id": "effect", "name": "effect", "field": "effect"},
        ],
        "rules": [
            {"_id": rule, "when": condition, "rule": json.dumps(rule), "effect": json.dumps(effect)}
            for rule, effect, condition in rules(ZEN, size)
        ],
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [{"id": "1", "sourceId": "in", "targetId": "table"}, {"id": "2", "sourceId": "table", "targetId": "out"}]
    prepared = zen.ZenEngine().create_decision(
        json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})
    )

    def judge(case: Mapping[str, Any]) -> Heard:
        rows = prepared.evaluate(dict(case))["result"]
        return _combined([(row["rule"], row["effect"]) for row in rows])

    return judge


def _cedar(size: int) -> Judge:
    """Permits only: of these Cedar names every one that holds; of forbids it would name no permit beside them."""
    import cedarpy

    spelled = list(rules(CEDAR, size))
    known = {f"policy{number}": (rule, effect) for number, (rule, effect, _) in enumerate(spelled)}
    policies = cedarpy.PolicySet.from_str(
        "\n".join(f"permit(principal, action, resource) when {{ {condition} }};" for _, _, condition in spelled)
    )
    entities = cedarpy.Entities.from_json_str("[]")
    request = {"principal": 'User::"bench"', "action": 'Action::"decide"', "resource": 'Case::"one"'}

    def judge(case: Mapping[str, Any]) -> Heard:
        answer = cedarpy.is_authorized({**request, "context": dict(case)}, policies, entities)
        return _combined([known[policy] for policy in answer.diagnostics.reasons])

    return judge


def _combined(held: Sequence[tuple[str, Effect]]) -> Heard:
    return strictest(effect for _, effect in held) or "escalate", tuple(sorted(rule for rule, _ in held))
