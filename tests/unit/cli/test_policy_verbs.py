"""Every verb of `remit policy` answers as its guide says: what it prints, and how it exits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner, Result

from remit.cli.policy import app
from remit.core.errors import SourceError

BIG = "  - {id: big, when: \"action.name == 'lend' && case.amount > 1000\", effect: deny, reason: Too much.}\n"
LATE = "  - {id: late, when: case.late, effect: escalate, reason: Paid late before.}\n"
WHY = ("--reason", "as it should be")
PETRA, PAUL = (("--as", name, "--role", "policy_author") for name in ("petra", "paul"))
Facts = Callable[..., Path]


def remit(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def json_of(*words: str | Path) -> Any:
    return json.loads(remit(*words, "--json").output)


@pytest.fixture
def policy(write_pack: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract with two rules that its one test does not reach, in its pack."""
    monkeypatch.setenv("REMIT_HOME", str(tmp_path / "home"))
    return write_pack(policy=[("tests:\n", f"{BIG}{LATE}tests:\n")]) / "policy.yaml"


@pytest.fixture
def facts(loan: Callable[..., dict[str, Any]], tmp_path: Path) -> Facts:
    """A file of facts: lending, with fields of the case changed."""

    def write(**changes: Any) -> Path:
        case = loan(**changes)
        given = {"case": case, "action": {"name": "lend", "args": {"amount": case["amount"]}}}
        (tmp_path / "facts.json").write_text(json.dumps(given), "utf-8")
        return tmp_path / "facts.json"

    return write


VERBS = ["activate", "backtest", "check", "diff", "eval", "fmt", "generate-tests", "mutate"]
VERBS += ["propose", "prove", "reject", "review", "rollback", "schema", "versions"]


def test_no_verb_is_without_a_test() -> None:
    here = Path(__file__).read_text("utf-8")
    assert sorted(typer.main.get_command(app).commands) == VERBS  # type: ignore[attr-defined]
    assert [verb for verb in VERBS if f'remit("{verb}"' not in here and f'json_of("{verb}"' not in here] == []


# Tests of a contract


def test_generated_tests_can_be_pasted_and_then_nothing_is_left_to_generate(policy: Path) -> None:
    generated = remit("generate-tests", policy)
    assert generated.exit_code == 0
    count = generated.output.count("- name: ")
    assert count > 3
    assert f"# {count} tests add to those of {policy}" in generated.output
    policy.write_text(policy.read_text("utf-8") + generated.output, "utf-8")
    assert remit("check", policy).exit_code == 0
    assert json_of("generate-tests", policy)["tests"] == []


def test_a_generated_test_says_what_it_shows(policy: Path) -> None:
    found = json_of("generate-tests", policy)
    shown = {what for each in found["tests"] for what in each["shows"]}
    assert "big: `case.amount > 1000` true at its boundary" in shown
    border = next(each["test"] for each in found["tests"] if "true at its boundary" in each["test"]["name"])
    assert (border["case"]["amount"], border["expect"], border["by"]) == (1001, "deny", ["big"])


def test_what_no_facts_can_show_is_told(policy: Path) -> None:
    policy.write_text(policy.read_text("utf-8").replace("case.amount > 1000", "case.amount > 1000000"), "utf-8")
    assert "# no facts were found that show big: `case.amount > 1000000` true" in remit("generate-tests", policy).output


def test_a_mutant_that_no_test_notices_is_shown_with_a_test_that_would(policy: Path) -> None:
    found = remit("mutate", policy)
    assert found.exit_code == 1
    assert "no test notices big: case.amount >= 1000  (was: case.amount > 1000)\n  this one would:\n" in found.output
    last = found.output.splitlines()[-1]
    assert last.startswith(f"{policy}: ")
    assert " mutants are noticed, " in last


def test_with_the_generated_tests_every_mutant_that_shows_is_noticed(policy: Path) -> None:
    before = json_of("mutate", policy)
    policy.write_text(policy.read_text("utf-8") + remit("generate-tests", policy).output, "utf-8")
    after = json_of("mutate", policy)
    assert (before["ok"], after["ok"], after["survivors"]) == (False, True, [])
    assert before["total"] == after["total"] == after["killed"] + len(after["not_distinguished"])
    assert before["killed"] + len(before["survivors"]) + len(before["not_distinguished"]) == before["total"]
    assert remit("mutate", policy).exit_code == 0


def test_a_mutant_names_its_rule_kind_and_clause(policy: Path) -> None:
    kinds = {(each["rule"], each["kind"]) for each in json_of("mutate", policy)["survivors"]}
    assert {("big", "operator"), ("big", "constant"), ("big", "clause"), ("big", "effect")} <= kinds


# What a contract says


def test_check_tells_what_no_test_reaches_and_what_fails(policy: Path) -> None:
    found = remit("check", policy)
    assert found.exit_code == 0
    assert all(f"no test reaches `{rule}`" in found.output for rule in ("big", "late"))
    assert found.output.splitlines()[-1].startswith(f"{policy}: 1 of 1 tests pass, 1 of 3 rules reached, ")
    policy.write_text(policy.read_text("utf-8").replace("expect: allow", "expect: deny"), "utf-8")
    wrong = remit("check", policy)
    assert (wrong.exit_code, "FAILED line 12, lending is routine: expected deny" in wrong.output) == (1, True)


def test_check_fails_on_a_rule_that_can_never_fire(policy: Path) -> None:
    policy.write_text(policy.read_text("utf-8").replace("case.amount > 1000", "case.amount > 1000000"), "utf-8")
    found = remit("check", policy)
    assert (found.exit_code, "the rule `big` can never fire" in found.output) == (1, True)
    assert json_of("check", policy)["proof"]["counts"]["error"] == 1


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({}, 0, "allow (policy loan version 1)"),
        ({"amount": 1001}, 1, "Would have been allowed if amount were 1000 instead of 1001."),
        ({"late": True}, 1, "escalate late: Paid late before."),
    ],
)
def test_eval_gives_a_verdict_and_what_would_turn_it(
    policy: Path, facts: Facts, changes: dict[str, Any], code: int, said: str
) -> None:
    found = remit("eval", policy, "--input", facts(**changes))
    assert (found.exit_code, said in found.output) == (code, True)


def test_eval_explains_every_clause_when_asked(policy: Path, facts: Facts) -> None:
    given = facts(amount=1001)
    assert (
        "case.amount > 1000 is true (case.amount = 1001)" in remit("eval", policy, "--input", given, "--explain").output
    )
    assert json_of("eval", policy, "--input", given)["counterfactual"]["effect"] == "allow"


def test_prove_finds_the_rule_that_never_decides(policy: Path) -> None:
    assert remit("prove", policy).exit_code == 0
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("case.late,", "case.amount > 2000 && action.name == 'lend',"), "utf-8")
    found = remit("prove", policy)
    assert (found.exit_code, "the rule `late` never decides: `big` always fires with it" in found.output) == (1, True)


def test_diff_tells_what_becomes_possible_first(policy: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    new.write_text(policy.read_text("utf-8").replace("case.amount > 1000", "case.amount > 2000"), "utf-8")
    found = remit("diff", policy, new)
    assert (found.exit_code, found.output.startswith("deny -> allow\n")) == (1, True)
    assert remit("diff", policy, policy).exit_code == 0


# The format


def test_schema_describes_what_a_contract_may_say() -> None:
    assert {"rules", "limits", "obligations"} <= set(
        json.loads(remit("schema").output)["$defs"]["Contract"]["properties"]
    )


def test_fmt_only_looks_when_it_is_asked_to_check(policy: Path) -> None:
    tidy = policy.read_text("utf-8")
    before = tidy.replace("default: escalate\non_error: escalate\n", "on_error:  escalate\ndefault: escalate\n")
    policy.write_text(before, "utf-8")
    assert (remit("fmt", "--check", policy).exit_code, policy.read_text("utf-8")) == (1, before)
    assert (remit("fmt", policy).exit_code, remit("fmt", "--check", policy).exit_code) == (0, 0)
    assert policy.read_text("utf-8") == tidy


@pytest.mark.parametrize("verb", ["check", "prove", "generate-tests", "mutate"])
def test_a_contract_that_does_not_load_is_told_with_its_place(policy: Path, verb: str) -> None:
    policy.write_text(policy.read_text("utf-8").replace("case.amount", "case.amuont"), "utf-8")
    with pytest.raises(SourceError, match=r"policy\.yaml:\d+:\d+: undeclared field `amuont`"):
        raise remit(verb, policy).exception or AssertionError


# Changing a contract


@pytest.fixture
def stricter(policy: Path, tmp_path: Path) -> Path:
    """Version 2 of the contract, which denies more."""
    new = tmp_path / "new.yaml"
    text = policy.read_text("utf-8").replace("name: loan, version: 1", "name: loan, version: 2")
    new.write_text(text.replace("case.amount > 1000", "case.amount > 900"), "utf-8")
    return new


def test_a_proposed_contract_is_shown_with_its_reports(policy: Path, stricter: Path) -> None:
    proposed = remit("propose", stricter, "--pack", policy.parent, *WHY, *PETRA)
    assert (proposed.exit_code, "attached: check, proof, diff, backtest" in proposed.output) == (0, True)
    page = remit("review", proposed.output.split()[2].rstrip(":"))
    assert page.exit_code == 0
    for line in (
        "proposed  by petra: as it should be",
        "check     1 of 1 tests pass",
        "diff      allow -> deny by big",
    ):
        assert line in page.output


def test_a_change_that_is_rejected_is_over(policy: Path, stricter: Path) -> None:
    change = json_of("propose", stricter, "--pack", policy.parent, *WHY, *PETRA)["change_id"]
    rejected = remit("reject", change, *WHY, *PAUL)
    assert (rejected.exit_code, rejected.output.strip().endswith("rejected")) == (0, True)
    assert remit("activate", change, *WHY, *PAUL).exit_code == 1
    (listed,) = json_of("versions", policy.parent)["changes"]
    assert (listed["state"], listed["ended"]["by"]) == ("rejected", "paul")


def test_a_change_in_shadow_is_not_in_force_and_one_that_is_activated_can_be_rolled_back(
    policy: Path, stricter: Path
) -> None:
    def in_force() -> int:
        (found,) = json_of("versions", policy.parent)["in_force"]
        return int(found["policy"]["version"])

    change = json_of("propose", stricter, "--pack", policy.parent, *WHY, *PETRA)["change_id"]
    assert json_of("activate", change, "--shadow", *WHY, *PAUL)["state"] == "shadowing"
    assert in_force() == 1
    assert remit("activate", change, *WHY, *PAUL).exit_code == 0
    assert in_force() == 2
    assert remit("rollback", policy.parent, *WHY, *PETRA).exit_code == 0
    assert in_force() == 1


def test_a_backtest_of_no_decisions_finds_nothing(policy: Path, stricter: Path) -> None:
    found = remit("backtest", policy.parent, "--policy", stricter)
    assert found.exit_code == 0
    assert "loan version 2 on 0 decisions of loan.small: 0 the same, 0 changed" in found.output
