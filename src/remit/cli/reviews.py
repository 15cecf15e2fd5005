"""`remit reviews`: the approval queue, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli import review_people, review_words, review_work
from remit.cli.common import As, AsJson, DecisionName, Roles, actor, moment, open_engine, print_json, say, words
from remit.cli.explain import trace_lines

if TYPE_CHECKING:
    from remit.approvals.routing import Filter
    from remit.core.words import Actor
    from remit.wiring import Engine

app = typer.Typer(help="The approval queue: what waits for a person.", no_args_is_help=True)
ReviewId = Annotated[str, typer.Argument(metavar="ID", help="A review's id.")]


@app.command("list")
def list_reviews(
    as_json: AsJson = False,
    everything: Annotated[bool, typer.Option("--all", help="Settled and snoozed ones too.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    order: Annotated[str | None, typer.Option("--order", help="due (the default), or priority.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what you may decide and nobody else holds.")] = False,
    state: Annotated[list[str] | None, typer.Option("--state", help="Only in this state; may be repeated.")] = None,
    decision: DecisionName = None,
    action: Annotated[str | None, typer.Option("--action", help="Only this proposed action.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only what this rule sent here.")] = None,
    needs: Annotated[str | None, typer.Option("--needs", help="Only what needs somebody of this role.")] = None,
    group: Annotated[str | None, typer.Option("--group", help="Only what is routed to this group.")] = None,
    risk: Annotated[str | None, typer.Option("--risk", help="Only actions of this risk.")] = None,
    amount_min: Annotated[int | None, typer.Option("--amount-min", help="Only from this amount on.")] = None,
    claimed_by: Annotated[str | None, typer.Option("--claimed-by", help="Only what this person works on.")] = None,
    assigned_to: Annotated[str | None, typer.Option("--assigned-to", help="Only what is assigned to them.")] = None,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only what waits for an answer.")] = False,
    snoozed: Annotated[bool, typer.Option("--snoozed", help="Also what is put aside.")] = False,
    saved: Annotated[str | None, typer.Option("--filter", help="A filter that you keep; options go before it.")] = None,
    save: Annotated[str | None, typer.Option("--save", help="Keep this filter under a name.")] = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """What waits for a person, the one due first at the top."""
    from remit.approvals.routing import checked
    from remit.service.reviews.queue import list_reviews as listed
    from remit.service.reviews.queue import save_filter

    said = {
        "states": tuple(state) if state else None,
        "decision": decision,
        "action": action,
        "rule": rule,
        "role": needs,
        "group": group,
        "risk": risk,
        "claimed_by": claimed_by,
        "assigned_to": assigned_to,
        "amount_min": amount_min,
        "order": order,
        "waiting": waiting or None,
        "snoozed": snoozed or None,
        "mine": mine or None,
    }
    with open_engine() as engine:
        asker = actor(engine, name, role)
        wanted = checked(
            _filter(engine, asker, {key: value for key, value in said.items() if value}, saved, everything)
        )
        if save is not None:
            save_filter(engine.services, asker, save, wanted)
        reviews = listed(engine.services, wanted, actor=asker, limit=limit)
    if as_json:
        print_json(reviews)
        return
    for line in _rows(reviews):
        say(line)


@app.command("show")
def show(
    review_id: ReviewId,
    trial: Annotated[
        list[str] | None,
        typer.Option("--what-if", metavar="NAME=VALUE", help="What the policy would say of another argument."),
    ] = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """One review: the proposed action, why it needs a person, the evidence, and what was said so far."""
    from remit.service.reviews.show import show_review

    with open_engine() as engine:
        review = show_review(
            engine.services,
            engine,
            review_id,
            viewer=actor(engine, name, role),
            trial=words(trial) if trial else None,
        )
    if as_json:
        print_json(review)
        return
    for line in _page(review):
        say(line)


@app.command("due")
def due(as_json: AsJson = False) -> None:
    """Do what time does: end lapsed claims and snoozes, warn, ask the next in the chain, deny what ran out of time."""
    from remit.service.reviews.due import move_what_is_due

    with open_engine() as engine:
        done = move_what_is_due(engine.services)
    if as_json:
        print_json(done)
        return
    for each in done:
        subject = f"review {each['review_id']}" if "review_id" in each else f"arrangement {each['arrangement_id']}"
        say(f"{subject}: {each['did']} {each.get('to') or each.get('status') or each.get('seat') or ''}".rstrip())
    if not done:
        say("nothing is due")


@app.command("stats")
def stats(
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only words from then on.")] = None,
    as_json: AsJson = False,
) -> None:
    """How reviewers decide: how often, how fast, how often overturned, and whether they notice test items."""
    from remit.service.reviews.statistics import review_statistics

    with open_engine() as engine:
        found = review_statistics(engine.services, since=None if since is None else moment(since))
    if as_json:
        print_json(found)
        return
    for reviewer, figures in found.items():
        say(f"{reviewer}: {figures['approved']} approved, {figures['rejected']} rejected")
        say(f"    overturned  {figures['overturned']} ({_percent(figures['overturn_rate'])})")
        say(f"    dwell       {_seconds(figures['dwell_seconds_median'])} median, {figures['never_shown']} never shown")
        say(f"    test items  {figures['test_items_caught']} of {figures['test_items']} noticed")
    if not found:
        say("nobody has decided anything")


for each in (review_work, review_words, review_people):
    each.register(app)


def _filter(engine: Engine, asker: Actor, said: dict[str, Any], saved: str | None, everything: bool) -> Filter:
    from remit.approvals.routing import Filter
    from remit.service.reviews.queue import everything as all_of_them
    from remit.service.reviews.queue import saved_filter

    begin = all_of_them() if everything else Filter()
    kept = begin if saved is None else saved_filter(engine.services, asker, saved)
    return Filter.from_json({**kept.to_json(), **said})


def _rows(reviews: list[dict[str, Any]]) -> Iterator[str]:
    for review in reviews:
        roles = ", ".join(_terms(terms) for terms in review["terms"])
        what = f"{review['subject']:<10} {review['action']['name']:<14}"
        yield f"{review['review_id']}  {review['state']:<8}  {what} needs {roles}"
        marks = [f"due {review['due_at'][:16]}"] if review["due_at"] else []
        marks += [f"claimed by {review['claimed_by']}"] if review["claimed_by"] else []
        marks += [f"assigned to {review['assigned_to']}"] if review["assigned_to"] else []
        marks += ["waits for an answer"] if review["waits_for_answer"] else []
        if marks:
            yield f"    {', '.join(marks)}"
        for reason in review["because"]:
            yield f"    {reason}"
    if not reviews:
        yield "nothing waits for a person"


def _page(review: dict[str, Any]) -> Iterator[str]:
    action = review["action"]
    yield f"Review {review['review_id']} ({review['state']}, version {review['version']})"
    yield f"  decision  {review['decision']} for {review['subject']}"
    confidence = "" if review.get("confidence") is None else f" (confidence {review['confidence']:.2f})"
    yield f"  proposed  {action['name']} {action['args']}{confidence}"
    for each in review["differs_from_request"]:
        yield f"  request   {each['name']}: {each['requested']} was asked for, {each['proposed']} is proposed"
    for each in review["edited"]:
        yield f"  edited    {each['name']}: {each['was']} -> {each['is']} (by {', '.join(review['editors']) or 'hand'})"
    if review.get("verdict_hidden"):
        yield "  verdict   hidden until you have said your own opinion: `remit reviews opinion`"
    else:
        yield from _verdict(review["judgement"])
    yield from _evidence(review["passages"])
    for terms in review["terms"]:
        yield f"  needs     {_terms(terms)}"
    for vote in review.get("votes", []):
        lent = f" for {vote['on_behalf_of']}" if "on_behalf_of" in vote else ""
        old = "" if vote["counts"] else ", on what was proposed before"
        yield f"  {vote['choice']:<9} by {vote['reviewer']}{lent} ({vote['role']}) at {vote['at']}{old}"
    for note in review["notes"]:
        yield f"  {note['kind']:<9} by {note['by']}: {note['text']}"
    for like in review.get("similar", []):
        yield f"  similar   {like['decision_id']}: {like['state']} by {like['decided_by']}, then {like['status']}"
    yield "  trace"
    yield from (f"  {line}" for line in trace_lines(review["trace"]))
    yield "  case      " + ", ".join(f"{name}={value}" for name, value in review["case"].items())
    if "what_if" in review:
        yield from _trial(review["what_if"])


def _verdict(judgement: dict[str, Any]) -> Iterator[str]:
    for reason in judgement["proposal"]["reasons"]:
        yield f"  because   {reason}"
    for finding in judgement["verdict"]["findings"]:
        yield f"  {finding['effect']:<9} {finding['reason']} [{finding['rule']}: {finding['clause']}]"


def _evidence(passages: list[dict[str, Any]]) -> Iterator[str]:
    """Each passage with its trust; the words of an untrusted one stand behind a fence, for nobody to mistake them."""
    for item in passages:
        yield f"  evidence  [{item['id']}] {item['title']} ({item['trust']}, {item['age_days']} days old)"
        if item["fenced"] and item["text"]:
            yield from (f"            untrusted | {line}" for line in item["text"].splitlines())


def _trial(trial: dict[str, Any]) -> Iterator[str]:
    changes = ", ".join(f"{each['name']}: {each['was']} -> {each['is']}" for each in trial["difference"])
    yield f"  what if   {changes or 'nothing changes'}: {trial['verdict']['effect']}"
    for finding in trial["verdict"]["findings"]:
        yield f"            {finding['effect']}: {finding['reason']} [{finding['rule']}]"


def _terms(terms: dict[str, Any]) -> str:
    group = f" of {terms['group']}" if "group" in terms else ""
    stage = f" in stage {terms['stage']}" if "stage" in terms else ""
    return f"{terms['quorum']} x {terms['role']}{group}{stage}"


def _percent(rate: float | None) -> str:
    return "none approved" if rate is None else f"{rate:.0%}"


def _seconds(dwell: float | None) -> str:
    return "no time known" if dwell is None else f"{dwell:.0f} s"
