"""`remit learn check`: may anything be learnt from this snapshot?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import AsJson, open_existing, print_json, say

SnapshotName = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="A snapshot's SHA-256, or its beginning.")]


def command(snapshot: SnapshotName, as_json: AsJson = False) -> None:
    """Hold a snapshot against the gates that stand before training. Exit 1 when one refuses."""
    from remit.service.learning.check_snapshot import check_snapshot

    with open_existing() as engine:
        report = check_snapshot(engine.services, snapshot)
    if as_json:
        print_json(report)
    else:
        for gate in report["gates"]:
            say(f"{gate['verdict']:<7} {gate['gate']:<14} {gate['why']}")
        for group in report["fairness"]:
            known = group["impact_ratio"] is not None
            told = f"impact ratio {group['impact_ratio']}, lowest {group['lowest']}" if known else "too few to compare"
            say(f"        {group['attribute']}: {told}")
        _say_people(report)
    raise typer.Exit(0 if report["passes"] else 1)


def _say_people(report: dict[str, Any]) -> None:
    """What the outcomes tell of those who decide."""
    people, found = report["reviewers"], report["contraction"]
    if people["double_review_share"]:
        low, high = people["disagreement_interval"]
        say(f"        reviewed twice: {people['double_review_share']:.1%}; they disagree in {low:.1%} to {high:.1%}")
    if accepted := report["accepted_failures"]:
        low, high = accepted["interval"]
        say(f"        of what was accepted, {low:.1%} to {high:.1%} fails; {accepted['unseen']} of them are not known")
    if found["why"]:
        say(f"        reviewers beside the model: {found['why']}")
    for each in found["reviewers"]:
        low, high = each["failures"]["interval"]
        theirs = f"fails in {low:.1%} to {high:.1%}"
        model = "{:.1%} to {:.1%}".format(*each["model_interval"])
        say(f"        {each['reviewer']}: accepts {each['accepted']:.0%}, {theirs}; the model, as lenient: {model}")
