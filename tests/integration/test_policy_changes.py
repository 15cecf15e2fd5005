"""A change of a policy is governed: proposed by one, activated by another, in force and rolled back at once."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict, Corrupted, InputError, NotFound, Refused, SourceError
from remit.core.words import Actor
from remit.service.evidence import CorpusEvidence
from remit.service.policy_changes import (
    activate_policy,
    policy_versions,
    propose_policy,
    reject_policy,
    review_policy,
    roll_back_policy,
)

SMALL, LARGE = 5_000, 200_000
PETRA, PAUL = Actor("petra", roles=("policy_author",)), Actor("paul", roles=("policy_author",))
CEILING = ("case.amount_cents > 1000000", "case.amount_cents > 1000")
"""With this edit the desk denies what it allowed: 5,000."""
NO_OFFICER = ("case.amount_cents > 100000\n", "case.amount_cents > 300000\n")
"""With this one it allows 200,000, for which it asked an officer."""


def contract(desk: Any, *edits: tuple[str, str], version: int = 2) -> str:
    """The contract in the desk's folder, edited."""
    text = (desk.pack / "policy.yaml").read_text()
    for old, new in (("  version: 1\n", f"  version: {version}\n"), *edits):
        assert text.count(old) == 1
        text = text.replace(old, new)
    return text


def propose(desk: Any, *edits: tuple[str, str], version: int = 2, who: Actor = PETRA) -> str:
    text = contract(desk, *edits, version=version)
    made = propose_policy(desk.engine.services, str(desk.pack), text, "new.yaml", who, "it is time")
    return str(made["change_id"])


def activate(desk: Any, change: str, who: Actor = PAUL, **how: Any) -> dict[str, Any]:
    return activate_policy(desk.engine.services, change, who, "seen and right", **how)


def roll_back(desk: Any, who: Actor = PAUL) -> dict[str, Any]:
    return roll_back_policy(desk.engine.services, str(desk.pack), who, "it was wrong")


def versions(desk: Any) -> Any:
    return policy_versions(desk.engine.services, str(desk.pack))


def events(desk: Any) -> list[tuple[str, dict[str, Any]]]:
    """Type and body of every event of a policy."""
    rows = desk.sql("SELECT type, body FROM event WHERE type LIKE 'policy.%' ORDER BY seq")
    return [(kind, json.loads(body)["body"]) for kind, body in rows]


# The way of a change


def test_nothing_changes_until_a_proposal_is_activated(desk: Any) -> None:
    change = propose(desk, CEILING)
    assert desk.decide()["status"] == "executed"
    assert activate(desk, change)["state"] == "active"
    assert desk.decide()["status"] == "denied"


def test_a_verdict_names_the_activated_contract(desk: Any) -> None:
    change = propose(desk, CEILING)
    active = activate(desk, change)["policy"]
    assert desk.decide()["verdict"]["policy"] == active
    assert active["version"] == 2


def test_a_new_process_decides_by_the_activated_contract(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    desk.close()
    assert desk.decide()["status"] == "denied"


def test_once_activated_the_contract_in_the_folder_does_not_count(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    (desk.pack / "policy.yaml").write_text("this is not even a contract")
    assert desk.decide()["status"] == "denied"
    assert [item["folder_is_the_same"] for item in versions(desk)["in_force"]] == [False]


def test_every_step_is_in_the_ledger_with_the_digests_of_what_was_seen(desk: Any) -> None:
    change = propose(desk, CEILING)
    activate(desk, change)
    roll_back(desk)
    found = events(desk)
    assert [kind for kind, _ in found] == [
        "policy.proposed",
        "policy.reviewed",
        "policy.activated",
        "policy.rolled_back",
    ]
    assert {body["change_id"] for _, body in found} == {change}
    assert found[0][1]["reports"] == found[1][1]["reports"] != {}
    assert desk.is_sound()


def test_a_reviewer_sees_both_contracts_and_the_reports(desk: Any) -> None:
    desk.decide()
    seen = review_policy(desk.engine.services, propose(desk, CEILING))
    assert CEILING[1] in seen["texts"]["policy.yaml"]
    assert CEILING[0] in seen["base_texts"]["policy.yaml"]
    assert seen["reports"]["check"]["ok"]
    assert [step["now"] for step in seen["reports"]["backtest"]["transitions"]] == ["deny"]


def test_the_reports_name_no_subject(desk: Any) -> None:
    desk.decide(request_id="R-4711")
    propose(desk, CEILING)
    assert desk.sql("SELECT count(*) FROM policy_attachment WHERE body LIKE '%R-4711%'") == [(0,)]


def test_a_report_that_was_changed_afterwards_is_not_shown(desk: Any) -> None:
    change = propose(desk, CEILING)
    desk.sql("UPDATE policy_attachment SET body = replace(body, 'true', 'false')")
    with pytest.raises(Corrupted, match="not what was attached"):
        review_policy(desk.engine.services, change)


def test_the_versions_say_who_proposed_and_who_activated(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    found = versions(desk)
    [change], [now] = found["changes"], found["in_force"]
    assert (change["proposed"]["by"], change["activated"]["by"], change["state"]) == ("petra", "paul", "active")
    assert (now["policy"], now["change_id"]) == (change["policy"], change["change_id"])


def test_without_an_activation_the_folders_contract_is_in_force(desk: Any) -> None:
    [now] = versions(desk)["in_force"]
    assert (now["change_id"], now["set"], now["folder_is_the_same"]) == (None, None, True)


# Four eyes


@pytest.mark.parametrize(
    "who",
    [
        PETRA,
        Actor("adam", roles=("admin",)),
        Actor("otto", roles=("officer", "reviewer")),
        Actor("bot", "app", ("policy_author",)),
        Actor("nobody"),
    ],
    ids=["the proposer", "an admin", "a reviewer", "an app", "nobody"],
)
@pytest.mark.parametrize("in_shadow", [False, True])
def test_who_may_not_put_a_contract_in_force(desk: Any, who: Actor, in_shadow: bool) -> None:
    change = propose(desk, CEILING)
    with pytest.raises(Refused):
        activate(desk, change, who, in_shadow=in_shadow)
    assert (desk.decide()["status"], len(events(desk))) == ("executed", 1)


def test_only_a_policy_author_proposes_rejects_and_rolls_back(desk: Any) -> None:
    admin = Actor("adam", roles=("admin",))
    with pytest.raises(Refused):
        propose(desk, CEILING, who=admin)
    activate(desk, propose(desk, CEILING))
    open_change = propose(desk, NO_OFFICER, version=3)
    for act in (
        lambda: reject_policy(desk.engine.services, open_change, admin, "no, thanks"),
        lambda: roll_back(desk, admin),
    ):
        with pytest.raises(Refused):
            act()


def test_a_shadow_does_not_help_the_proposer(desk: Any) -> None:
    change = propose(desk, CEILING)
    activate(desk, change, in_shadow=True)
    with pytest.raises(Refused, match="proposed this"):
        activate(desk, change, PETRA)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2_001])
def test_no_step_goes_without_a_reason(desk: Any, reason: str) -> None:
    services, change = desk.engine.services, propose(desk, CEILING)
    text = contract(desk, NO_OFFICER)
    for step in (
        lambda: propose_policy(services, str(desk.pack), text, "new.yaml", PETRA, reason),
        lambda: activate_policy(services, change, PAUL, reason),
        lambda: reject_policy(services, change, PAUL, reason),
        lambda: roll_back_policy(services, str(desk.pack), PAUL, reason),
    ):
        with pytest.raises(InputError, match="reason"):
            step()


# What cannot be proposed or activated


def test_a_contract_that_does_not_load_cannot_be_proposed_and_the_fault_is_told_in_its_own_file(desk: Any) -> None:
    with pytest.raises(SourceError) as error:
        propose(desk, ("case.amount_cents > 1000000", "case.amuont_cents > 1000000"))
    assert error.value.message.startswith("new.yaml:")
    assert "did you mean `amount_cents`" in error.value.message


def test_a_contract_whose_own_test_fails_cannot_be_proposed(desk: Any) -> None:
    case = json.dumps(desk.case(amount_cents=SMALL))
    test = (
        f"tests:\n  - {{name: denies, case: {case}, action: {{name: pay, args: {{amount_cents: 1}}}}, expect: deny}}\n"
    )
    with pytest.raises(Refused, match="the test “denies” fails: expected deny, but the verdict is allow"):
        propose(desk, ("rules:\n", f"{test}rules:\n"))


def test_the_contract_in_force_cannot_be_proposed_again(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    with pytest.raises(Refused, match="in force already"):
        propose(desk, CEILING)


def test_a_changed_contract_needs_a_higher_version(desk: Any) -> None:
    with pytest.raises(Refused, match="version 1 is in force") as error:
        propose(desk, CEILING, version=1)
    assert "version: 2" in (error.value.mend or "")


def test_a_proposal_for_an_unknown_decision_is_not_found(desk: Any) -> None:
    with pytest.raises(NotFound, match="no decision"):
        propose(desk, ("decision: desk.request", "decision: desk.requests"))


def test_a_proposal_that_the_pack_has_outgrown_does_not_come_into_force(desk: Any) -> None:
    change = propose(desk, ("case.amount_cents > 1000000", "case.amount_cents > 1000000 && case.divisor > 0"))
    for name, old, new in (
        ("case.odcs.yaml", "{name: divisor,", "{name: teiler,"),
        ("pack.yaml", "1000 / case.divisor", "1000 / case.teiler"),
    ):
        desk.edit(name, old, new)
    with pytest.raises(SourceError, match="divisor"):
        activate(desk, change)


def test_a_contract_does_not_come_into_force_before_its_first_day(desk: Any) -> None:
    later = ("  owner: desk\n", "  owner: desk\n  effective_from: 2026-11-05\n")
    change = propose(desk, CEILING, later)
    with pytest.raises(Refused, match="effective from 2026-11-05"):
        activate(desk, change)
    desk.clock.advance(timedelta(days=3))
    assert activate(desk, change)["state"] == "active"


def test_a_stored_contract_that_was_tampered_with_decides_nothing(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    desk.sql("UPDATE policy_text SET texts = replace(texts, '> 1000\\n', '> 9999999\\n')")
    desk.close()
    with pytest.raises(Corrupted, match="not the one that was activated"):
        desk.decide()


def test_a_proposal_that_was_tampered_with_does_not_come_into_force(desk: Any) -> None:
    change = propose(desk, CEILING)
    desk.sql("UPDATE policy_text SET texts = replace(texts, '> 1000\\n', '> 9999999\\n')")
    with pytest.raises(Corrupted):
        activate(desk, change)


def test_a_rejected_proposal_is_settled(desk: Any) -> None:
    change = propose(desk, CEILING)
    reject_policy(desk.engine.services, change, PAUL, "too strict")
    with pytest.raises(Conflict, match="already rejected"):
        activate(desk, change)


# Two at once


def test_of_two_proposals_for_one_contract_the_second_to_be_activated_has_to_be_proposed_anew(desk: Any) -> None:
    first, second = propose(desk, CEILING), propose(desk, NO_OFFICER, version=3)
    activate(desk, first)
    with pytest.raises(Conflict, match="compared with version 1"):
        activate(desk, second)


@pytest.mark.parametrize("same", [True, False], ids=["one proposal", "two proposals"])
def test_of_two_activations_at_once_one_wins(desk: Any, same: bool) -> None:
    first = propose(desk, CEILING)
    second = first if same else propose(desk, NO_OFFICER, version=3)
    ready, said = threading.Barrier(2), []

    def act(change: str, who: str) -> None:
        ready.wait()
        try:
            said.append(activate(desk, change, Actor(who, roles=("policy_author",)))["state"])
        except Conflict:
            said.append("conflict")

    threads = [threading.Thread(target=act, args=pair) for pair in ((first, "paul"), (second, "pia"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["active", "conflict"]
    assert [kind for kind, _ in events(desk)].count("policy.activated") == 1
    assert desk.is_sound()


def test_of_two_processes_that_activate_one_wins(desk: Any, processes: Any) -> None:
    change = propose(desk, CEILING)
    desk.close()
    jobs = [
        processes.start(
            "cli",
            desk,
            argv=["policy", "activate", change, "--reason", "seen", "--as", who, "--role", "policy_author", "--json"],
        )
        for who in ("paul", "pia")
    ]
    assert sorted(job.wait() for job in jobs) == [0, 1]
    assert [kind for kind, _ in events(desk)] == ["policy.proposed", "policy.reviewed", "policy.activated"]


# Rolling back


def test_a_roll_back_counts_at_once_and_restores_the_very_contract_that_was_replaced(desk: Any) -> None:
    before = desk.decide()["verdict"]["policy"]
    activate(desk, propose(desk, CEILING))
    (desk.pack / "policy.yaml").write_text(contract(desk, CEILING))
    assert desk.decide()["status"] == "denied"
    assert roll_back(desk)["in_force"] == before
    after = desk.decide()
    assert (after["status"], after["verdict"]["policy"]) == ("executed", before)


def test_the_proposer_may_roll_back_too(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    assert roll_back(desk, PETRA)["state"] == "rolled_back"


def test_roll_backs_go_back_step_by_step_and_then_there_is_nothing_left(desk: Any) -> None:
    activate(desk, propose(desk, CEILING))
    activate(desk, propose(desk, NO_OFFICER, version=3))
    assert [roll_back(desk)["in_force"]["version"] for _ in range(2)] == [2, 1]
    with pytest.raises(Refused, match="no policy"):
        roll_back(desk)
    assert [change["state"] for change in versions(desk)["changes"]] == ["rolled_back", "rolled_back"]


def test_what_was_replaced_is_active_again_after_a_roll_back(desk: Any) -> None:
    first = propose(desk, CEILING)
    activate(desk, first)
    second = propose(desk, NO_OFFICER, version=3)
    activate(desk, second)
    states = {change["change_id"]: change["state"] for change in versions(desk)["changes"]}
    assert states == {first: "superseded", second: "active"}
    roll_back(desk)
    states = {change["change_id"]: change["state"] for change in versions(desk)["changes"]}
    assert states == {first: "active", second: "rolled_back"}


def test_a_contract_that_was_rolled_back_has_to_be_proposed_anew(desk: Any) -> None:
    change = propose(desk, CEILING)
    activate(desk, change)
    roll_back(desk)
    with pytest.raises(Conflict, match="already rolled_back"):
        activate(desk, change)
    assert activate(desk, propose(desk, CEILING))["state"] == "active"


# Decisions on the way


def test_a_decision_in_flight_keeps_the_contract_that_it_started_with(desk: Any, monkeypatch: Any) -> None:
    change = propose(desk, CEILING)
    real = CorpusEvidence.gather

    def gather_while_the_policy_changes(self: Any, *arguments: Any) -> Any:
        if versions(desk)["in_force"][0]["change_id"] is None:
            activate(desk, change)
        return real(self, *arguments)

    monkeypatch.setattr(CorpusEvidence, "gather", gather_while_the_policy_changes)
    assert desk.decide()["status"] == "executed"
    assert desk.decide()["status"] == "denied"


@pytest.mark.parametrize(
    ("edit", "status"), [(NO_OFFICER, "executed"), (("> 1000000", "> 150000"), "denied")], ids=["allows", "denies"]
)
def test_an_approval_given_under_the_earlier_contract_goes_stale(desk: Any, edit: tuple[str, str], status: str) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.word_alone(waiting)
    activate(desk, propose(desk, edit))
    assert desk.go_on(waiting)["status"] == status
    assert desk.engine.review(waiting["review_id"])["state"] == "stale"


def test_a_batch_takes_up_a_new_contract_from_the_next_row_on(desk: Any, tmp_path: Any) -> None:
    change = propose(desk, CEILING)
    rows = [desk.case(request_id=f"R-{number}") for number in range(3)]
    (tmp_path / "cases.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    def on_row(done: int, of: int) -> None:
        if done == 1:
            activate(desk, change)

    report = desk.engine.batch(
        str(desk.pack), tmp_path / "cases.jsonl", tmp_path / "out.jsonl", Actor("ana"), on_row=on_row
    )
    assert dict(report.statuses) == {"executed": 1, "denied": 2}


def test_a_replay_across_versions_is_the_same_to_the_byte(desk: Any) -> None:
    desk.decide()
    activate(desk, propose(desk, CEILING))
    desk.decide()
    activate(desk, propose(desk, NO_OFFICER, version=3))
    desk.decide(amount_cents=LARGE)
    roll_back(desk)
    desk.decide()
    desk.close()
    shutil.rmtree(desk.pack)
    assert [replayed.same for replayed in desk.engine.replay_all()] == [True] * 4
    versions = [json.loads(text) for (text,) in desk.sql("SELECT versions FROM decision")]
    assert len({each["policy_sha256"] for each in versions}) == 3


# The shadow period


def test_a_shadow_never_changes_a_verdict_and_logs_each_difference(desk: Any) -> None:
    plain = desk.decide()
    change = propose(desk, CEILING)
    activate(desk, change, in_shadow=True)
    shadowed = desk.decide()
    assert (shadowed["status"], shadowed["verdict"]) == (plain["status"], plain["verdict"])
    kind, body = events(desk)[-1]
    assert (kind, body["change_id"]) == ("policy.shadowed", change)
    assert (body["then"]["effect"], body["now"]["effect"], body["now"]["rules"]) == (
        "allow",
        "deny",
        ["never-above-the-ceiling"],
    )


def test_the_versions_count_what_a_shadow_was_compared_on(desk: Any) -> None:
    change = propose(desk, NO_OFFICER)
    activate(desk, change, in_shadow=True)
    for cents in (SMALL, SMALL, LARGE):
        desk.decide(amount_cents=cents)
    assert versions(desk)["changes"][0]["shadow"] == {"compared": 3, "differing": 1}
    assert [kind for kind, _ in events(desk)].count("policy.shadowed") == 1


def test_an_activated_shadow_is_in_force_and_compared_no_more(desk: Any) -> None:
    change = propose(desk, CEILING)
    activate(desk, change, in_shadow=True)
    activate(desk, change)
    assert desk.decide()["status"] == "denied"
    assert versions(desk)["changes"][0]["shadow"] == {"compared": 0, "differing": 0}


def test_a_rejected_shadow_is_compared_no_more(desk: Any) -> None:
    change = propose(desk, CEILING)
    activate(desk, change, in_shadow=True)
    reject_policy(desk.engine.services, change, PAUL, "too strict")
    desk.decide()
    assert versions(desk)["changes"][0]["shadow"] == {"compared": 0, "differing": 0}


def test_there_is_one_shadow_at_a_time(desk: Any) -> None:
    activate(desk, propose(desk, CEILING), in_shadow=True)
    with pytest.raises(Conflict, match="shadow period"):
        activate(desk, propose(desk, NO_OFFICER, version=3), in_shadow=True)


def test_a_shadow_before_its_first_day_is_asked_as_if_it_were_in_force(desk: Any) -> None:
    later = ("  owner: desk\n", "  owner: desk\n  effective_from: 2027-01-01\n")
    activate(desk, propose(desk, NO_OFFICER, later), in_shadow=True)
    desk.decide()
    assert versions(desk)["changes"][0]["shadow"] == {"compared": 1, "differing": 0}


def test_a_shadow_that_the_pack_has_outgrown_stops_no_decision(desk: Any, caplog: Any) -> None:
    change = propose(desk, ("> 1000000", "> 1000000 && case.divisor > 0"))
    activate(desk, change, in_shadow=True)
    desk.edit("case.odcs.yaml", "{name: divisor,", "{name: teiler,")
    desk.edit("pack.yaml", "1000 / case.divisor", "1000 / case.teiler")
    case = {name: value for name, value in desk.case(teiler=1).items() if name != "divisor"}
    assert desk.engine.decide(str(desk.pack), case, Actor("ana"))["status"] == "executed"
    assert change in caplog.text


def test_a_replay_of_a_shadowed_decision_is_the_same_and_compares_nothing(desk: Any) -> None:
    activate(desk, propose(desk, CEILING), in_shadow=True)
    decided = desk.decide()
    before = desk.everything()
    assert desk.engine.replay(decided["decision_id"]).same
    assert desk.everything() == before
