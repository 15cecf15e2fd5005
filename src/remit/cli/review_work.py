"""`remit reviews claim`, `release`, `assign`, `snooze`, `ask`, `answer`: work on what waits."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, Roles, actor, moment, open_engine, print_json, say

ReviewId = Annotated[str, typer.Argument(metavar="ID", help="A review's id.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to `remit reviews`."""
    for name, verb in (
        ("claim", claim),
        ("release", release),
        ("assign", assign),
        ("snooze", snooze),
        ("ask", ask),
        ("answer", answer),
    ):
        app.command(name)(verb)


def claim(review_id: ReviewId, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Take a review to work on it; others are kept off for 30 minutes."""
    with open_engine() as engine:
        review = engine.claim(review_id, actor(engine, name, role))
    _tell(review, as_json, f"is yours (version {review['version']})")


def release(review_id: ReviewId, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Give a review back that you have claimed."""
    from remit.service.reviews.work import release_review

    with open_engine() as engine:
        review = release_review(engine.services, review_id, actor(engine, name, role))
    _tell(review, as_json, "is free again")


def assign(
    review_id: ReviewId,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help="The one who shall decide it.")] = None,
    nobody: Annotated[bool, typer.Option("--nobody", help="Set it free for everybody.")] = False,
    by_lot: Annotated[
        list[str] | None, typer.Option("--by-lot", metavar="NAME", help="One of these, by lot; may be repeated.")
    ] = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Hand a review to one person, or set it free again. Whoever is away passes it to their deputy."""
    from remit.core.errors import InputError
    from remit.service.reviews.work import assign_by_lot, assign_review

    if [to is not None, nobody, bool(by_lot)].count(True) != 1:
        raise InputError("say to whom", mend="give one of --to NAME, --by-lot NAME --by-lot NAME, and --nobody")
    with open_engine() as engine:
        who = actor(engine, name, role)
        if by_lot:
            review = assign_by_lot(engine.services, review_id, who, by_lot)
        else:
            review = assign_review(engine.services, review_id, who, to)
    _tell(review, as_json, f"is assigned to {review['assigned_to'] or 'nobody'}")


def snooze(
    review_id: ReviewId,
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Until when, such as 2026-12-01T08:00Z.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Put a review aside until a time. Its clock goes on, and anybody may still decide it."""
    from remit.service.reviews.work import snooze_review

    with open_engine() as engine:
        review = snooze_review(engine.services, review_id, actor(engine, name, role), moment(until))
    _tell(review, as_json, f"is put aside until {review['snoozed_until']}")


def ask(
    review_id: ReviewId,
    question: Annotated[str, typer.Option("--question", help="What you need to know.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Ask for information. The clock stands still, and nobody approves until there is an answer."""
    from remit.service.reviews.inquire import ask_about_review

    with open_engine() as engine:
        review = ask_about_review(engine.services, review_id, actor(engine, name, role), question)
    _tell(review, as_json, f"waits for an answer of {review['requested_by']}")


def answer(
    review_id: ReviewId,
    text: Annotated[str, typer.Option("--text", help="The information.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Answer what was asked about a review; its clock goes on."""
    from remit.service.reviews.inquire import answer_about_review

    with open_engine() as engine:
        review = answer_about_review(engine.services, review_id, actor(engine, name, role), text)
    _tell(review, as_json, "is answered")


def _tell(review: dict[str, Any], as_json: bool, what: str) -> None:
    if as_json:
        print_json(review)
    else:
        say(f"review {review['review_id']} {what}")
