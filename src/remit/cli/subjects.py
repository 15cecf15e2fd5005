"""The verbs of `remit ledger` about people: hold, release, erase, retention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.common import As, AsJson, Roles, actor, open_existing, print_json, say

if TYPE_CHECKING:
    from remit.service.ports import CaseDue

Subject = Annotated[
    str,
    typer.Option("--subject", metavar="NAME", help="Whom cases and documents are about, as they say it."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the ledger, so it must not name them.")]


def hold(subject: Subject, reason: Reason, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Put a subject under legal hold: nothing of theirs is erased until it is released."""
    with open_existing() as engine:
        done = engine.safekeeping.hold(subject, reason, actor(engine, name, role))
    print_json(done) if as_json else say(f"held: subject {done['subject']}")


def release(subject: Subject, reason: Reason, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Lift the legal hold of a subject."""
    with open_existing() as engine:
        done = engine.safekeeping.release(subject, reason, actor(engine, name, role))
    print_json(done) if as_json else say(f"released: subject {done['subject']}")


def erase(
    subject: Subject,
    reason: Reason,
    cancel_reviews: Annotated[
        bool, typer.Option("--cancel-reviews", help="Cancel what of theirs waits for people, instead of refusing.")
    ] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Erase what is known of a subject, for good: their cases, the key of those, and the documents about them."""
    with open_existing() as engine:
        done = engine.safekeeping.erase(subject, reason, actor(engine, name, role), cancel_reviews=cancel_reviews)
    if as_json:
        print_json(done)
        return
    if done["subject"] is None:
        say("they were erased before, and nothing of theirs is left")
        return
    for review_id in done["cancelled"]:
        say(f"cancelled: review {review_id}")
    say(f"erased: subject {done['subject']}, {len(done['decisions'])} decisions, {len(done['documents'])} documents")
    for file in done["files"]:
        say(f"still on disk, and yours to delete: {file}")
    say("what connectors wrote into other systems is theirs to erase, and backups of the data folder are yours")


def retention(
    apply: Annotated[bool, typer.Option("--apply", help="Erase them; without it they are only listed.")] = False,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """List the cases that were kept for as long as their pack declares, or erase them. Held ones stay."""
    with open_existing() as engine:
        keeping = engine.safekeeping
        cases = keeping.apply_retention(actor(engine, name, role)) if apply else keeping.overdue()
    if as_json:
        print_json({"applied": apply, "cases": [_row(case) for case in cases]})
        return
    for case in cases:
        held = ", held" if case.held else ""
        say(f"{case.decision_id}  {case.retention_class}, kept until {case.keep_until:%Y-%m-%d}{held}")
    say(f"{len(cases)} {'erased' if apply else 'past their time'}")


def _row(case: CaseDue) -> dict[str, object]:
    return {
        "decision_id": case.decision_id,
        "decision": case.decision,
        "subject": case.subject,
        "retention_class": case.retention_class,
        "keep_until": case.keep_until.isoformat(),
        "held": case.held,
    }
