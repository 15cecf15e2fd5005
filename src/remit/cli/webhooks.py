"""`remit webhooks`: who is told of what, and what became of the messages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from remit.cli.common import As, AsJson, Roles, actor, moment, open_engine, print_json, print_list, say

app = typer.Typer(help="Tell other systems what happened, signed (Standard Webhooks).", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="An endpoint's id.")]
Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="TYPE", help="Tell of this only; may be repeated (default: all).")
]
Description = Annotated[str | None, typer.Option("--description", help="Whose it is, in a few words.")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to: https://host/path.")],
    kinds: Types = None,
    description: Description = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Tell an endpoint from now on. Its secret is shown this once."""
    from remit.service.webhooks.endpoints import add_endpoint

    with open_engine() as engine:
        who = actor(engine, name, role)
        made = add_endpoint(engine.webhooks, url, who, types=kinds or [], description=description or "")
    _with_secret(made, as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """The endpoints that are told, or were before they were disabled."""
    from remit.service.webhooks.endpoints import list_endpoints

    with open_engine() as engine:
        found = list_endpoints(engine.webhooks)
    print_list(found, as_json, _line, "nobody is told anything")


@app.command()
def show(endpoint_id: Id, as_json: AsJson = False) -> None:
    """One endpoint with its newest deliveries."""
    from remit.service.webhooks.endpoints import show_endpoint

    with open_engine() as engine:
        found = show_endpoint(engine.webhooks, endpoint_id)
    if as_json:
        print_json(found)
        return
    say(_line(found))
    for each in found["deliveries"]:
        say(f"    {_delivery_line(each)}")


@app.command()
def change(
    endpoint_id: Id,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where to, from now on.")] = None,
    kinds: Types = None,
    description: Description = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Give an endpoint another URL, other types or another description."""
    from remit.service.webhooks.endpoints import change_endpoint

    with open_engine() as engine:
        who = actor(engine, name, role)
        done = change_endpoint(engine.webhooks, endpoint_id, who, url=url, types=kinds, description=description)
    _tell(done, as_json)


@app.command("rotate-secret")
def rotate_secret(endpoint_id: Id, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Give an endpoint a new secret, shown this once. For a day the old one signs beside it."""
    from remit.service.webhooks.endpoints import rotate_secret as rotate

    with open_engine() as engine:
        done = rotate(engine.webhooks, endpoint_id, actor(engine, name, role))
    _with_secret(done, as_json)


@app.command()
def disable(
    endpoint_id: Id,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays in the ledger.")],
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Tell an endpoint nothing until it is enabled."""
    from remit.service.webhooks.endpoints import disable_endpoint

    with open_engine() as engine:
        done = disable_endpoint(engine.webhooks, endpoint_id, actor(engine, name, role), reason)
    _tell(done, as_json)


@app.command()
def enable(endpoint_id: Id, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Tell an endpoint again, and of what was still pending."""
    from remit.service.webhooks.endpoints import enable_endpoint

    with open_engine() as engine:
        done = enable_endpoint(engine.webhooks, endpoint_id, actor(engine, name, role))
    _tell(done, as_json)


@app.command()
def remove(endpoint_id: Id, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Take an endpoint away for good, with its secrets."""
    from remit.service.webhooks.endpoints import remove_endpoint

    with open_engine() as engine:
        done = remove_endpoint(engine.webhooks, endpoint_id, actor(engine, name, role))
    _tell(done, as_json)


@app.command()
def deliveries(
    endpoint_id: Id,
    state: Annotated[
        Literal["pending", "delivered", "dead"] | None, typer.Option("--state", help="Only those in this state.")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="DELIVERY", help="Go on from the last one of the page before.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What became of the messages to an endpoint, the newest first. `dead` was tried often enough."""
    from remit.service.webhooks.deliveries import list_deliveries

    with open_engine() as engine:
        found = list_deliveries(engine.webhooks, endpoint_id, state=state, before=before, limit=limit)
    print_list(found, as_json, _delivery_line, "nothing")


@app.command()
def redeliver(
    endpoint_id: Id,
    delivery_id: Annotated[
        str | None, typer.Option("--delivery", metavar="ID", help="This one, whatever came of it.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="All that are dead of messages since then.")
    ] = None,
    as_json: AsJson = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Have messages delivered again by the worker, under the same ids."""
    from remit.service.webhooks.deliveries import redeliver as again

    from_then = None if since is None else moment(since)
    with open_engine() as engine:
        who = actor(engine, name, role)
        done = again(engine.webhooks, endpoint_id, who, delivery_id=delivery_id, since=from_then)
    print_json(done) if as_json else say(f"{len(done)} on their way again")


@app.command("test")
def send_test(endpoint_id: Id, as_json: AsJson = False, name: As = None, role: Roles = None) -> None:
    """Send a message of the type webhook.test at once, and tell what was answered."""
    from remit.service.webhooks.deliver import carry_now
    from remit.service.webhooks.deliveries import add_test

    with open_engine() as engine:
        made = add_test(engine.webhooks, endpoint_id, actor(engine, name, role))
        done = carry_now(engine.webhooks, made["delivery_id"]).to_json()
    print_json(done) if as_json else say(_delivery_line(done))
    if done["state"] != "delivered":
        raise typer.Exit(1)


def _with_secret(done: dict[str, Any], as_json: bool) -> None:
    _tell(done, as_json)
    if not as_json:
        say(f"secret: {done['secret']}")
        say("keep it now: it is not shown again")


def _tell(done: dict[str, Any], as_json: bool) -> None:
    print_json(done) if as_json else say(_line(done))


def _line(each: dict[str, Any]) -> str:
    types = ", ".join(each["types"]) or "everything"
    why = f" ({each['reason']})" if each["reason"] else ""
    failing = f", failing since {each['failing_since'][:16]}" if each["failing_since"] else ""
    return f"{each['endpoint_id']}  {each['state']}{why}{failing}  {each['url']}  {types}"


def _delivery_line(each: dict[str, Any]) -> str:
    came = each["error"] or each["status"] or "not tried yet"
    due = f", next try {each['due_at'][:19]}" if each["due_at"] else ""
    return f"{each['delivery_id']}  {each['type']}  {each['state']}, {each['tries']} tries, {came}{due}"
