"""`remit reviews approve`, `reject`, `edit`, `opinion`, `bulk`, `cancel`, `revoke`, `compensate`: words that decide."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from remit.cli.common import As, AsJson, Roles, actor, open_engine, print_json, say, words
from remit.cli.decide import lines

ReviewId = Annotated[str, typer.Argument(metavar="ID", help="A review's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a sentence; it goes into the ledger.")]
Code = Annotated[str | None, typer.Option("--code", help="One of the reason codes that the pack lists.")]
Version = Annotated[
    int | None, typer.Option("--version", help="The version that you saw; refused when the review has moved since.")
]


def register(app: typer.Typer) -> None:
    """Add these verbs to `remit reviews`."""
    for name, verb in (
        ("approve", approve),
        ("reject", reject),
        ("edit", edit),
        ("opinion", opinion),
        ("bulk", bulk),
        ("cancel", cancel),
        ("revoke", revoke),
        ("compensate", compensate),
    ):
        app.command(name)(verb)


def approve(
    review_id: ReviewId,
    reason: Reason,
    code: Code = None,
    as_json: AsJson = False,
    version: Version = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Approve: when the quorum is reached the action is rechecked and carried out."""
    _decide(review_id, "approve", reason, code, as_json, version, name, role)


def reject(
    review_id: ReviewId,
    reason: Reason,
    code: Code = None,
    as_json: AsJson = False,
    version: Version = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Reject: one rejection ends the case."""
    _decide(review_id, "reject", reason, code, as_json, version, name, role)


def edit(
    review_id: ReviewId,
    reason: Reason,
    changes: Annotated[list[str], typer.Option("--set", metavar="NAME=VALUE", help="An argument; may be repeated.")],
    as_json: AsJson = False,
    version: Version = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Put other arguments in place of those proposed; the policy judges them anew, and somebody else approves."""
    from remit.service.reviews.edit import edit_review

    with open_engine() as engine:
        edited = edit_review(
            engine.services, review_id, actor(engine, name, role), words(changes), reason, version=version
        )
    if as_json:
        print_json(edited)
        return
    say(f"review {review_id}: edited (version {edited['version']})")
    for each in edited["difference"]:
        say(f"  {each['name']}: {each['was']} -> {each['is']}")
    say(f"  policy    {edited['verdict']['effect']}")
    say("  you may approve it, too" if edited["may_approve"] else "  somebody else has to approve it")


def opinion(
    review_id: ReviewId,
    choice: Annotated[Literal["approve", "reject"], typer.Argument(help="approve or reject.")],
    reason: Reason,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Say what you think of a case before you see the verdict, where the pack asks for it."""
    from remit.service.reviews.show import say_opinion

    with open_engine() as engine:
        said = say_opinion(engine.services, review_id, actor(engine, name, role), choice, reason)
    if as_json:
        print_json(said)
    else:
        say(f"review {review_id}: your opinion is kept; the verdict is shown to you from now on")


def bulk(
    choice: Annotated[Literal["approve", "reject"], typer.Argument(help="approve or reject.")],
    review_ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The reviews.")],
    reason: Reason,
    code: Code = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Decide reviews of one action and the same rules by one word, each with an event of its own."""
    from remit.service.reviews.bulk import decide_in_bulk

    with open_engine() as engine:
        done = decide_in_bulk(engine.services, review_ids, actor(engine, name, role), choice, reason, code=code)
    if as_json:
        print_json(done)
    else:
        for item in done["items"]:
            say(f"review {item['review_id']}: {item.get('message') or item['state']}")
        say(f"{done['decided']} decided, {done['failed']} not")
    raise typer.Exit(1 if done["failed"] else 0)


def cancel(review_id: ReviewId, reason: Reason, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Take back what you have asked for, before it is carried out."""
    from remit.service.reviews.withdraw import cancel_review

    with open_engine() as engine:
        done = cancel_review(engine.services, review_id, actor(engine, name, role), reason)
    _told(done, as_json)


def revoke(review_id: ReviewId, reason: Reason, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Take an approval back before it is acted on; it ends the case as a rejection does."""
    from remit.service.reviews.withdraw import revoke_approval

    with open_engine() as engine:
        done = revoke_approval(engine.services, review_id, actor(engine, name, role), reason)
    _told(done, as_json)


def compensate(
    of: Annotated[str, typer.Argument(metavar="ID", help="A review's id, or a decision's.")],
    reason: Reason,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Undo what was carried out, by the action that its connector declares for that; once, and not by its requester."""
    from remit.service.reviews.compensate import compensate as undo

    with open_engine() as engine:
        done = undo(engine.services, of, actor(engine, name, role), reason)
    undone = done["compensation"]
    if as_json:
        print_json(done)
    else:
        said = undone["error"] or undone["result"]
        say(f"decision {done['decision_id']}: {undone['connector']} {undone['state']}: {said}")
        if undone["state"] == "in_doubt":
            say("nobody knows whether it is undone: a worker or `remit doctor --recover` asks again")
    raise typer.Exit(0 if undone["state"] == "confirmed" else 1)


def _decide(
    review_id: str,
    choice: Any,
    reason: str,
    code: str | None,
    as_json: bool,
    version: int | None,
    name: str | None,
    role: list[str] | None,
) -> None:
    from remit.service.reviews.decide import decide_review

    with open_engine() as engine:
        reviewer = actor(engine, name, role)
        settled = decide_review(engine.services, review_id, reviewer, choice, reason, code=code, version=version)
    _told(settled, as_json)


def _told(settled: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(settled)
        return
    say(f"review {settled['review_id']}: {settled['state']}")
    if "test_item" in settled:
        item = settled["test_item"]
        say(f"this was a test item: {item['expected']} was expected. {item['why']}")
    elif settled["decision"] is None:
        say("your word is recorded; the quorum is not reached yet")
    else:
        for line in lines(settled["decision"]):
            say(line)
