"""`remit policy propose`, `review`, `activate`, `reject`, `rollback`, `backtest`, `versions`: governed changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli.common import (
    As,
    AsJson,
    DecisionName,
    PackName,
    Roles,
    actor,
    moment,
    open_engine,
    print_json,
    read_text,
    say,
)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The policy contract to propose.")]
ChangeId = Annotated[str, typer.Argument(metavar="ID", help="A policy change's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it goes into the ledger.")]
LINES_MAX = 20


def register(app: typer.Typer) -> None:
    """Add these verbs to `remit policy`."""
    for name, verb in (
        ("propose", propose),
        ("review", review),
        ("activate", activate),
        ("reject", reject),
        ("rollback", rollback),
        ("backtest", backtest),
        ("versions", versions),
    ):
        app.command(name)(verb)


def propose(
    file: PolicyFile,
    reason: Reason,
    pack: Annotated[
        str | None, typer.Option("--pack", metavar="PACK", help="Its pack, if the file lies elsewhere.")
    ] = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Propose a contract in place of the one in force, with its reports. Another policy author activates it."""
    from remit.service.policy_changes import propose_policy

    text = read_text(str(file), "the contract")
    with open_engine() as engine:
        ref = pack or str(file.resolve().parent)
        change = propose_policy(engine.services, ref, text, str(file), actor(engine, name, role), reason)
    if as_json:
        print_json(change)
        return
    say(f"policy change {change['change_id']}: {_named(change['policy'])} in place of {_named(change['base'])}")
    say(f"  attached: {', '.join(change['attachments'])}")
    say(f"  next: another policy author looks at it (remit policy review {change['change_id']}) and activates it")


def review(change_id: ChangeId, as_json: AsJson = False) -> None:
    """One proposed change: what it says, what it replaces, and its reports."""
    from remit.service.policy_changes import review_policy

    with open_engine() as engine:
        change = review_policy(engine.services, change_id)
    if as_json:
        print_json(change)
        return
    for line in _page(change):
        say(line)


def activate(
    change_id: ChangeId,
    reason: Reason,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Only evaluate it beside the contract in force, and log differences.")
    ] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Put a proposed contract in force, at once. The proposer cannot."""
    from remit.service.policy_changes import activate_policy

    with open_engine() as engine:
        change = activate_policy(engine.services, change_id, actor(engine, name, role), reason, in_shadow=shadow)
    _tell(change, as_json)


def reject(change_id: ChangeId, reason: Reason, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Turn a proposed contract down, or end its shadow period."""
    from remit.service.policy_changes import reject_policy

    with open_engine() as engine:
        change = reject_policy(engine.services, change_id, actor(engine, name, role), reason)
    _tell(change, as_json)


def rollback(
    pack: PackName,
    reason: Reason,
    decision: DecisionName = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Take the activated contract out of force at once: the one before it counts again."""
    from remit.service.policy_changes import roll_back_policy

    with open_engine() as engine:
        change = roll_back_policy(engine.services, pack, actor(engine, name, role), reason, decision=decision)
    if as_json:
        print_json(change)
    else:
        say(f"{_named(change['policy'])} is rolled back; in force: {_named(change['in_force'])}")


def backtest(
    pack: PackName,
    policy: Annotated[Path, typer.Option("--policy", metavar="FILE", help="The contract to try.")],
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only decisions from then on, such as 2026-11-01.")
    ] = None,
    outcomes: Annotated[
        Path | None, typer.Option("--outcomes", metavar="FILE", help="Cases with their outcome, such as history.csv.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a contract on the decisions that were made: what would change, for whom, worth how much."""
    from remit.service.backtest import backtest as tried

    text = read_text(str(policy), "the contract")
    begin = None if since is None else moment(since)
    with open_engine() as engine:
        found = tried(engine.services, pack, text, str(policy), since=begin, outcomes=outcomes).to_json()
    if as_json:
        print_json(found)
        return
    for line in _backtest_page(found):
        say(line)


def versions(pack: PackName, as_json: AsJson = False) -> None:
    """Which contract is in force since when, and every proposed change."""
    from remit.service.policy_changes import policy_versions

    with open_engine() as engine:
        found = policy_versions(engine.services, pack)
    if as_json:
        print_json(found)
        return
    for item in found["in_force"]:
        since = f"since {item['set']['at'][:16]} by {item['set']['by']}" if item["set"] else "from the pack's folder"
        say(f"{item['decision']}: {_named(item['policy'])}, {since}")
        if not item["folder_is_the_same"]:
            say("  the contract in the pack's folder is another one; it counts once it is proposed and activated")
    for change in found["changes"]:
        say(f"{change['change_id']}  {change['state']:<11} {_named(change['policy'])}  {change['reason']}")
        for step in ("proposed", "activated", "ended"):
            if change[step]:
                say(f"    {step:<10} {change[step]['at'][:16]} by {change[step]['by']}")
        if change["shadow"]["compared"]:
            say(f"    in shadow  {change['shadow']['differing']} of {change['shadow']['compared']} decisions differ")


def _tell(change: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(change)
    else:
        say(f"policy change {change['change_id']} ({_named(change['policy'])}): {change['state']}")


def _page(change: dict[str, Any]) -> list[str]:
    reports = change["reports"]
    page = [
        f"Policy change {change['change_id']} ({change['state']})",
        f"  decision  {change['decision']} of {change['pack']}",
        f"  contract  {_named(change['policy'])}, sha256 {change['policy']['sha256']}",
        f"  replaces  {_named(change['base'])}, sha256 {change['base']['sha256']}",
        f"  proposed  by {change['proposed']['by']}: {change['reason']}",
        f"  reports   {', '.join(f'{name} {sha256[:12]}' for name, sha256 in change['attachments'].items())}",
    ]
    if change["shadow"]["compared"]:
        page.append(f"  shadow    {change['shadow']['differing']} of {change['shadow']['compared']} decisions differ")
    check = reports["check"]
    page.append(f"  check     {sum(test['passed'] for test in check['tests'])} of {len(check['tests'])} tests pass")
    counts = reports["proof"]["counts"]
    page.append("  proof     " + ", ".join(f"{count} {level}" for level, count in counts.items()))
    page += [
        f"  diff      {each['change']} by {', '.join(each['new']['by'])} (was {', '.join(each['old']['by'])})"
        for each in reports["diff"]["changes"]
    ]
    page += [f"  diff      {each}" for each in (*reports["diff"]["notes"], *reports["diff"]["unverified"])]
    page += [f"  {line}" for line in _backtest_page(reports["backtest"])]
    page += [line for name, text in change["texts"].items() for line in (f"--- {name}", text.rstrip("\n"))]
    return page


def _backtest_page(found: dict[str, Any]) -> list[str]:
    changed, unjudged = found["changed"], found["unjudged"]
    page = [
        f"{_named(found['policy'])} on {found['replayed']} decisions of {found['decision']}: {found['same']} the same,"
        f" {len(changed)} changed, {len(unjudged)} not judged because facts are missing"
    ]
    for step in found["transitions"]:
        worth = "outcomes unknown"
        if step["worth"] is not None:
            worth = f"worth {float(step['worth']):g}, {step['unknown']} outcomes unknown"
        page.append(f"  {step['then']:>8} -> {step['now']:<8} {step['decisions']:>6}  {worth}")
    for each in changed[:LINES_MAX]:
        who = each.get("subject") or each["decision_id"]
        page.append(
            f"  {who}: {each['action']} {each['then']['effect']} -> {each['now']['effect']}"
            f" by {', '.join(each['now']['rules'])} (then {', '.join(each['then']['rules'])})"
        )
    for each in unjudged[:LINES_MAX]:
        page.append(f"  {each.get('subject') or each['decision_id']}: not known: {', '.join(each['missing'])}")
    if max(len(changed), len(unjudged)) > LINES_MAX:
        page.append(f"  … the first {LINES_MAX} of each; --json has all of them")
    return page


def _named(policy: dict[str, Any]) -> str:
    return f"{policy['name']} version {policy['version']}"
