"""A backtest holds another contract against the decisions that were made, on the facts as they were judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from remit.core.errors import InputError, NotFound, SourceError
from remit.core.words import Actor
from remit.service.backtest import Backtest, backtest

SMALL, LARGE, TOO_LARGE = 5_000, 200_000, 2_000_000
CEILING = ("case.amount_cents > 1000000", "case.amount_cents > 1000")
NO_CEILING = ("case.amount_cents > 1000000", "case.amount_cents > 99000000")
NO_OFFICER = ("case.amount_cents > 100000\n", "case.amount_cents > 300000\n")


def tried(desk: Any, *edits: tuple[str, str], **how: Any) -> Backtest:
    text = (desk.pack / "policy.yaml").read_text()
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    return backtest(desk.engine.services, str(desk.pack), text, "new.yaml", **how)


def steps(found: Backtest) -> Mapping[tuple[str, str], int]:
    return {(step.then, step.now): step.decisions for step in found.transitions}


@pytest.fixture
def decided(desk: Any) -> Any:
    """Three decisions: allowed, shown to an officer, denied."""
    for number, cents in enumerate((SMALL, LARGE, TOO_LARGE), start=1):
        desk.decide(request_id=f"R-{number}", amount_cents=cents)
    return desk


def test_the_contract_in_force_changes_nothing(decided: Any) -> None:
    found = tried(decided)
    assert (found.replayed, found.same, found.changed, found.unjudged) == (3, 3, (), ())


def test_each_change_says_for_whom_from_what_to_what_and_by_which_rule(decided: Any) -> None:
    found = tried(decided, CEILING)
    each = next(each for each in found.changed if each.subject == "R-1")
    assert (each.subject, each.action, each.status) == ("R-1", "pay", "executed")
    assert (each.then["effect"], each.then["rules"]) == ("allow", ["routine"])
    assert (each.now["effect"], each.now["rules"]) == ("deny", ["never-above-the-ceiling"])
    assert steps(found) == {("escalate", "deny"): 1, ("allow", "deny"): 1}


PERMISSIVE = (
    NO_CEILING,
    NO_OFFICER,
    ("very-large\n    when: case.amount_cents > 500000", "very-large\n    when: case.amount_cents > 9000000"),
    ("is-audited\n    when: case.amount_cents > 500000", "is-audited\n    when: case.amount_cents > 9000000"),
)


def test_what_would_be_allowed_that_was_not_comes_first(decided: Any) -> None:
    large = ("case.amount_cents > 300000\n", "case.amount_cents > 9000000\n")
    lazy = ("when: 'true'", "when: case.amount_cents > 10000")
    assert list(steps(tried(decided, *PERMISSIVE, large, lazy))) == [
        ("deny", "allow"),
        ("escalate", "allow"),
        ("allow", "escalate"),
    ]


def test_other_approvers_are_a_change_too(decided: Any) -> None:
    chief = ("decides.\n    approval: {role: officer}\n", "decides.\n    approval: {role: chief}\n")
    found = tried(decided, chief)
    assert steps(found) == {("escalate", "escalate"): 1}
    assert [terms["role"] for terms in found.changed[0].now["approvals"]] == ["chief"]


def test_a_backtest_writes_nothing(decided: Any) -> None:
    before = decided.everything()
    tried(decided, CEILING)
    assert decided.everything() == before


def test_nothing_is_retrieved_again(decided: Any) -> None:
    (decided.pack / "knowledge" / "limits.md").unlink()
    decided.engine.index(str(decided.pack), Actor("kim"))
    assert tried(decided).same == 3


def test_only_decisions_since_a_moment_count(decided: Any) -> None:
    decided.clock.advance(timedelta(days=1))
    since = decided.clock.now()
    decided.decide(request_id="R-4")
    assert [each.subject for each in tried(decided, CEILING, since=since).changed] == ["R-4"]


def test_the_moment_is_that_of_the_judgement(decided: Any) -> None:
    closed = "  - {id: closed, when: now > timestamp('2026-12-01T00:00:00Z'), effect: deny, reason: Closed.}\n"
    decided.clock.advance(timedelta(days=60))
    assert tried(decided, ("rules:\n", f"rules:\n{closed}")).same == 3


def test_a_contract_is_tried_on_moments_before_its_first_day(decided: Any) -> None:
    assert tried(decided, ("  owner: desk\n", "  owner: desk\n  effective_from: 2027-01-01\n")).same == 3


def test_a_case_that_was_never_judged_is_not_counted(desk: Any) -> None:
    desk.decide(topic="gossip")
    assert tried(desk).replayed == 0


def test_decisions_of_other_packs_are_not_counted(decided: Any) -> None:
    decided.edit("pack.yaml", "  name: desk\n", "  name: other-desk\n")
    assert tried(decided).replayed == 0


def test_a_judgement_that_was_tampered_with_is_told_and_not_counted(decided: Any) -> None:
    [second] = [each.decision_id for each in tried(decided, CEILING).changed if each.subject == "R-2"]
    decided.forge("decision.judgement", "0.9", "0.8", second)
    found = tried(decided, CEILING)
    assert [each.subject for each in found.unjudged] == ["R-2"]
    assert "not the one that was recorded" in found.unjudged[0].missing[0]


# Facts that are missing


def _with_a_new_field(desk: Any) -> tuple[str, str]:
    """The data contract gets an optional field that the contract under trial reads."""
    desk.edit(
        "case.odcs.yaml",
        "      - {name: divisor,",
        "      - {name: urgent, logicalType: boolean, required: false}\n      - {name: divisor,",
    )
    return "when: 'true'", "when: '!has(case.urgent) || !case.urgent'"


def test_a_field_that_the_pack_did_not_have_then_is_reported_and_not_guessed(decided: Any) -> None:
    found = tried(decided, _with_a_new_field(decided))
    assert {each.missing for each in found.unjudged} == {("case.urgent",)}
    assert (len(found.unjudged), found.same, found.changed) == (3, 0, ())


def test_an_optional_field_that_the_case_left_out_is_no_missing_fact(desk: Any) -> None:
    edit = _with_a_new_field(desk)
    desk.decide()
    assert tried(desk, edit).same == 1


def test_without_the_pack_version_of_then_nobody_knows_what_was_asked_for(desk: Any) -> None:
    edit = _with_a_new_field(desk)
    desk.decide()
    desk.close()
    desk.edit("pack.yaml", "version: 1.0.0", "version: 1.0.1")
    desk.sql("DELETE FROM pack_version")
    assert [each.missing for each in tried(desk, edit).unjudged] == [("case.urgent",)]


def test_a_need_that_was_not_looked_for_then_is_reported(decided: Any) -> None:
    decided.edit(
        "pack.yaml",
        "      - need: travel_rule\n",
        "      - {need: audit_rule, query: What about audits?}\n      - need: travel_rule\n",
    )
    found = tried(decided, ("when: 'true'", "when: evidence.exists(e, e.need == 'audit_rule')"))
    assert {each.missing for each in found.unjudged} == {("evidence for the need audit_rule",)}


def test_facts_that_no_longer_fit_the_pack_are_reported(decided: Any) -> None:
    decided.edit("pack.yaml", "      - name: pay\n", "      - name: pay_out\n")
    decided.edit("pack.yaml", "        pay: {amount", "        pay_out: {amount")
    decided.edit("pack.yaml", "{action: pay,", "{action: pay_out,")
    assert {each.missing for each in tried(decided).unjudged} == {("facts that fit the pack as it is now",)}


# What it is worth


def _outcomes(tmp_path: Path, *rows: str) -> Path:
    file = tmp_path / "outcomes.csv"
    file.write_text("\n".join(["request_id,outcome.settled", *rows]) + "\n")
    return file


def test_known_outcomes_say_what_a_change_is_worth_and_unknown_ones_are_counted_as_unknown(
    decided: Any, tmp_path: Path
) -> None:
    decided.decide(request_id="R-4")
    outcomes = _outcomes(tmp_path, "R-1,true", "R-2,", "R-9,true")
    found = tried(decided, CEILING, outcomes=outcomes).to_json()["transitions"]
    assert [(step["then"], step["decisions"], step["worth"], step["unknown"]) for step in found] == [
        ("escalate", 1, None, 1),
        ("allow", 2, 1.0, 1),
    ]


def test_outcomes_that_contradict_each_other_are_unknown(decided: Any, tmp_path: Path) -> None:
    outcomes = _outcomes(tmp_path, "R-1,true", "R-1,false", "R-3,true")
    assert [each.worth for each in tried(decided, CEILING, outcomes=outcomes).changed] == [None, None]


@pytest.mark.parametrize(
    ("rows", "said"), [(("R-1,perhaps",), "`perhaps` is no value"), (("R-1,",), "has no outcome in a column")]
)
def test_outcomes_that_cannot_be_read_are_refused(
    decided: Any, tmp_path: Path, rows: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        tried(decided, CEILING, outcomes=_outcomes(tmp_path, *rows))


def test_without_a_key_no_outcome_can_be_matched(decided: Any, tmp_path: Path) -> None:
    decided.edit("case.odcs.yaml", ", primaryKey: true", "")
    with pytest.raises(InputError, match="no primary key"):
        tried(decided, CEILING, outcomes=_outcomes(tmp_path, "R-1,true"))


# What cannot be tried


def test_a_contract_that_does_not_load_is_not_tried(decided: Any) -> None:
    with pytest.raises(SourceError, match="did you mean"):
        tried(decided, ("case.amount_cents > 1000000", "case.amuont_cents > 1000000"))


def test_a_contract_of_another_decision_is_not_tried(decided: Any) -> None:
    with pytest.raises(NotFound):
        tried(decided, ("decision: desk.request", "decision: credit.application"))
