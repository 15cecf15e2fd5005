"""`remit reviews delegate`, `away`, `arrangements`, `end`, `seed`: who stands in for whom, and test items."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from remit.cli.common import As, AsJson, Roles, actor, moment, open_engine, print_json, print_list, say, words

Until = Annotated[str, typer.Option("--until", metavar="TIME", help="Until when, such as 2026-12-01T08:00Z.")]
Lent = Annotated[list[str] | None, typer.Option("--lend", metavar="ROLE", help="A role of yours; may be repeated.")]


def register(app: typer.Typer) -> None:
    """Add these verbs to `remit reviews`."""
    for name, verb in (
        ("delegate", delegate),
        ("away", away),
        ("arrangements", arrangements),
        ("end", end),
        ("seed", seed),
    ):
        app.command(name)(verb)


def delegate(
    to: Annotated[str, typer.Option("--to", metavar="NAME", help="Who acts in your place.")],
    lent: Lent,
    until: Until,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Lend a role of yours to somebody for a time. You and they have one word between you."""
    from remit.service.reviews.people import delegate as lend

    with open_engine() as engine:
        made = lend(engine.services, actor(engine, name, role), to, lent or [], moment(until))
    _tell(made, as_json)


def away(
    until: Until,
    deputy: Annotated[str | None, typer.Option("--deputy", metavar="NAME", help="Who acts in your place.")] = None,
    lent: Lent = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Be out of office until a time: what you hold goes to your deputy, or is free for all."""
    from remit.service.reviews.people import go_away

    with open_engine() as engine:
        made = go_away(engine.services, actor(engine, name, role), deputy, lent or [], moment(until))
    _tell(made, as_json)


def arrangements(as_json: AsJson = False) -> None:
    """The delegations and absences that are in force."""
    from remit.service.reviews.people import list_arrangements

    with open_engine() as engine:
        found = list_arrangements(engine.services)
    print_list(found, as_json, _line, "nobody is away, and nobody has lent a role")


def end(
    arrangement_id: Annotated[str, typer.Argument(metavar="ID", help="An arrangement's id.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """End a delegation or an absence before its time."""
    from remit.service.reviews.people import end_arrangement

    with open_engine() as engine:
        ended = end_arrangement(engine.services, arrangement_id, actor(engine, name, role))
    if as_json:
        print_json(ended)
    else:
        say(f"the {ended['kind']} of {ended['person']} is over")


def seed(
    decision_id: Annotated[str, typer.Argument(metavar="DECISION", help="A reviewed decision that is over.")],
    reason: Annotated[str, typer.Option("--reason", help="What is wrong with it; told afterwards.")],
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Show another argument; may be repeated.")
    ] = None,
    expect: Annotated[Literal["approve", "reject"], typer.Option("--expect", help="The attentive word.")] = "reject",
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Put a test item into the queue: a review that is known to be wrong, and that nothing ever follows from."""
    from remit.service.reviews.seed import seed_review

    with open_engine() as engine:
        made = seed_review(engine.services, decision_id, actor(engine, name, role), words(changes), expect, reason)
    if as_json:
        print_json(made)
    else:
        say(f"test item {made['review_id']}: {made['expected']} is expected")


def _tell(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    say(_line(made))
    for review_id in made.get("handed_on", []):
        say(f"    review {review_id} is handed on")


def _line(each: dict[str, Any]) -> str:
    lent = f", {each['deputy']} acts as {', '.join(each['roles']) or 'nothing'}" if each["deputy"] else ""
    what = "is away" if each["kind"] == "absence" else "has lent a role"
    return f"{each['arrangement_id']}  {each['person']} {what} until {each['until'][:16]}{lent}"
