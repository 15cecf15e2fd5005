"""`remit reviews`: the approval queue."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, Roles, actor, open_engine, print_json, say
from remit.cli.decide import lines

app = typer.Typer(help="The approval queue: what waits for a person.", no_args_is_help=True)
ReviewId = Annotated[str, typer.Argument(metavar="ID", help="A review's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it goes into the ledger.")]
Version = Annotated[
    int | None, typer.Option("--version", help="The version that you saw; refused when the review has moved since.")
]


@app.command("list")
def list_reviews(
    as_json: AsJson = False,
    everything: Annotated[bool, typer.Option("--all", help="Settled ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
) -> None:
    """What waits for a person, the one due first at the top."""
    with open_engine() as engine:
        reviews = engine.reviews(all_states=everything, limit=limit)
    if as_json:
        print_json(reviews)
        return
    for review in reviews:
        roles = ", ".join(f"{terms['quorum']} {terms['role']}" for terms in review["terms"])
        what = f"{review['subject']:<10} {review['action']['name']:<14}"
        say(f"{review['review_id']}  {review['state']:<8}  {what} needs {roles}")
        for reason in review["because"]:
            say(f"    {reason}")
    if not reviews:
        say("nothing waits for a person")


@app.command("show")
def show(review_id: ReviewId, as_json: AsJson = False) -> None:
    """One review: the proposed action, why it needs a person, and the evidence."""
    with open_engine() as engine:
        review = engine.review(review_id)
    if as_json:
        print_json(review)
        return
    for line in _page(review):
        say(line)


@app.command("claim")
def claim(review_id: ReviewId, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Take a review to work on it; others are kept off for 30 minutes."""
    with open_engine() as engine:
        review = engine.claim(review_id, actor(engine, name, role))
    if as_json:
        print_json(review)
    else:
        say(f"review {review_id} is yours (version {review['version']})")


@app.command("approve")
def approve(
    review_id: ReviewId,
    reason: Reason,
    as_json: AsJson = False,
    version: Version = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Approve: when the quorum is reached the action is rechecked and carried out."""
    _decide(review_id, "approve", reason, as_json, version, name, role)


@app.command("reject")
def reject(
    review_id: ReviewId,
    reason: Reason,
    as_json: AsJson = False,
    version: Version = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Reject: one rejection ends the case."""
    _decide(review_id, "reject", reason, as_json, version, name, role)


def _decide(
    review_id: str,
    choice: Any,
    reason: str,
    as_json: bool,
    version: int | None,
    name: str | None,
    role: list[str] | None,
) -> None:
    with open_engine() as engine:
        settled = engine.decide_review(review_id, actor(engine, name, role), choice, reason, version=version)
    if as_json:
        print_json(settled)
        return
    say(f"review {review_id}: {settled['state']}")
    if settled["decision"] is None:
        say("your word is recorded; the quorum is not reached yet")
        return
    for line in lines(settled["decision"]):
        say(line)


def _page(review: dict[str, Any]) -> list[str]:
    judgement = review["judgement"]
    page = [
        f"Review {review['review_id']} ({review['state']}, version {review['version']})",
        f"  decision  {review['decision']} for {review['subject']}",
        f"  proposed  {review['action']['name']} {review['action']['args']} (confidence {review['confidence']:.2f})",
    ]
    page += [f"  because   {reason}" for reason in judgement["proposal"]["reasons"]]
    page += [
        f"  {finding['effect']:<9} {finding['reason']} [{finding['rule']}: {finding['clause']}]"
        for finding in judgement["verdict"]["findings"]
    ]
    page += [f"  evidence  [{item['id']}] {item['title']} ({item['trust']})" for item in judgement["evidence"]]
    page += [f"  needs     {terms['quorum']} x {terms['role']}" for terms in review["terms"]]
    page += [
        f"  {vote['choice']:<9} by {vote['reviewer']} ({vote['role']}) at {vote['at']}" for vote in review["votes"]
    ]
    page.append("  case      " + ", ".join(f"{name}={value}" for name, value in review["case"].items()))
    return page
