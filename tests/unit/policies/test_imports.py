"""A contract and the rule files beside it are one contract, and each problem is told in its own file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remit.core.errors import SourceError
from remit.core.schema import ActionSchema, Record
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Facts

HEAD = "apiVersion: remit/v1\nkind: PolicyRules\n"
RULES = f"""{HEAD}variables: {{large: case.amount_cents > 4000}}
rules: [{{id: shared-rule, when: variables.large, effect: deny, reason: Never.}}]
requires: [{{id: shared-check, check: "!case.disputed", else: deny}}]
limits: [{{id: shared-limit, per: day, max: 3, else: deny}}]
invariants: [{{id: shared-never, never: verdict == 'allow' && variables.large}}]
"""
ALLOW = "  - {id: routine, actions: [approve, decline], effect: allow, reason: Routine.}\n"


@pytest.fixture
def load_with(text: Any, case: Record, actions: tuple[ActionSchema, ...]) -> Callable[..., CompiledContract]:
    def make(imports: str = "imports: [shared/a.yaml]\n", rest: str = "", **shared: str) -> CompiledContract:
        files = {f"shared/{name}.yaml": each for name, each in (shared or {"a": RULES}).items()}
        written = text(ALLOW, imports + rest)
        return load_contract(written, "p/policy.yaml", case=case, actions=actions, shared=files, label="p/{}".format)

    return make


def test_what_is_imported_speaks_as_if_it_stood_in_the_contract(load_with: Any, facts: Callable[..., Facts]) -> None:
    compiled = load_with()
    assert compiled.evaluate(facts()).findings[0].rule == "shared-rule"
    assert compiled.evaluate(facts(amount_cents=1, disputed=True)).findings[0].rule == "shared-check"
    assert [each.limit.id for each in compiled.draws(facts())] == ["shared-limit"]
    assert [each.id for each in compiled.violated(facts(), "allow")] == ["shared-never"]


def test_the_merged_contract_has_every_part(load_with: Any) -> None:
    contract = load_with().contract
    assert [rule.id for rule in contract.rules] == ["routine", "shared-rule"]
    assert (contract.variables, contract.imports) == ({"large": "case.amount_cents > 4000"}, ("shared/a.yaml",))


def test_a_variable_of_an_import_can_be_used(load_with: Any) -> None:
    compiled = load_with(rest="variables: {both: variables.large && case.disputed}\n")
    assert [name for name, _ in compiled.variables] == ["variables.large", "variables.both"]


def test_what_is_imported_is_part_of_the_identity(load_with: Any) -> None:
    one, other = load_with(), load_with(a=RULES.replace("Never", "No"))
    assert one.ref.sha256 != other.ref.sha256


def test_a_rule_knows_the_file_that_it_stands_in(load_with: Any) -> None:
    assert [(rule.at.source.file, rule.at.path) for rule in load_with().rules] == [
        ("p/policy.yaml", ("rules", 0)),
        ("p/shared/a.yaml", ("rules", 0)),
    ]


@pytest.mark.parametrize(
    ("imports", "shared", "expected"),
    [
        ("imports: [shared/b.yaml]\n", {}, "there is no file shared/b.yaml in the pack; did you mean `shared/a.yaml`?"),
        ("imports: [../a.yaml]\n", {}, "p/policy.yaml:9:11: `../a.yaml` is not the path of a .yaml file inside of"),
        ("imports: [/etc/a.yaml]\n", {}, "is not the path of a .yaml file inside of the pack's folder"),
        ("imports: [shared/../a.yaml]\n", {}, "is not the path of a .yaml file inside of the pack's folder"),
        ("imports: [shared/a.yaml, shared/a.yaml]\n", {}, "`shared/a.yaml` is imported twice"),
        ("imports: [1]\n", {}, "must be text, but is `1`"),
        (None, {"a": RULES.replace("PolicyRules", "PolicyContract")}, "p/shared/a.yaml:2:7: must be 'PolicyRules'"),
        (None, {"a": RULES + "tests: []\n"}, "p/shared/a.yaml:8:1: undeclared field `tests`"),
        (None, {"a": RULES.replace("amount_cents", "amuont")}, "p/shared/a.yaml:3:25: undeclared field `amuont`"),
        (None, {"a": RULES.replace("shared-rule", "routine")}, "first used in p/policy.yaml on line 8"),
        (None, {"a": "a: [\n"}, "p/shared/a.yaml:2:1: this is not YAML"),
        (
            "imports: [shared/a.yaml, shared/b.yaml]\n",
            {"a": RULES, "b": f"{HEAD}variables: {{large: case.disputed}}\n"},
            "p/shared/b.yaml:3:13: the variable `large` is defined in an imported file, too",
        ),
    ],
)
def test_a_problem_is_told_in_its_own_file(
    load_with: Any, imports: str | None, shared: dict[str, str], expected: str
) -> None:
    with pytest.raises(SourceError) as raised:
        load_with(*([] if imports is None else [imports]), **shared)
    assert expected in str(raised.value)
