"""`remit decide`: one case in, one governed decision out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from remit.cli.common import (
    As,
    AsJson,
    DecisionName,
    PackName,
    Roles,
    actor,
    note_first_use,
    open_engine,
    print_json,
    read_json,
    say,
)

_EXIT_CODES = {"received": 0, "executed": 0, "advised": 0, "awaiting_review": 0, "failed": 3}


def command(
    pack: PackName,
    case: Annotated[str, typer.Option("--case", metavar="FILE", help="The case as JSON; - reads standard input.")],
    as_json: AsJson = False,
    decision: DecisionName = None,
    key: Annotated[
        str | None, typer.Option("--key", help="A request key: the same key is decided once, however often asked.")
    ] = None,
    later: Annotated[
        bool, typer.Option("--async", help="Accept the case and return; a worker decides it (see `remit worker`).")
    ] = False,
    name: As = None,
    role: Roles = None,
) -> None:
    """Decide one case: plan, gather evidence, propose, hold against the policy, then act, escalate or refuse."""
    raw = read_json(case, "the case")
    with open_engine() as engine:
        if not later:
            note_first_use(engine)
        decide = engine.submit if later else engine.decide
        result = decide(pack, raw, actor(engine, name, role), decision=decision, request_key=key)
    if as_json:
        print_json(result)
    else:
        for line in lines(result):
            say(line)
    raise typer.Exit(_EXIT_CODES.get(result["status"], 1))


def lines(result: dict[str, Any]) -> list[str]:
    """A result in a few plain lines."""
    action = result["action"]
    said = f"{action['name']} {_arguments(action['args'])}".strip() if action else "no action"
    found = [f"{result['decision']} {result['decision_id']}: {result['status'].replace('_', ' ')}"]
    if result["status"] == "received":
        return [*found, f"  later     a worker decides it; `remit explain {result['decision_id']}` tells when it has"]
    found.append(f"  action    {said}")
    if result["confidence"] is not None:
        found.append(f"  confidence {result['confidence']:.2f}")
    found += [f"  because   {reason}" for reason in result["reasons"]]
    if result["verdict"]:
        found.append(f"  policy    {result['verdict']['effect']}, version {result['verdict']['policy']['version']}")
        found += [
            f"            {finding['effect']}: {finding['reason']} [{finding['rule']}: {finding['clause']}]"
            for finding in result["verdict"]["findings"]
        ]
    found += [f"  data      {item['severity']}: {item['message']}" for item in result.get("violations", [])]
    if result["evidence"]:
        found.append(f"  evidence  {', '.join(dict.fromkeys(item['id'] for item in result['evidence']))}")
    if result["status"] == "awaiting_review":
        found.append(f"  review    {result['review_id']}: see `remit reviews show {result['review_id']}`")
    if "effect" in result:
        found.append(f"  effect    {_arguments(result['effect'])}")
    for each in result.get("obligations", ()):
        found.append(f"  owed      {each['do']} {each['to']}: {each['state']}")
    if "note" in result:
        found.append(f"  note      {result['note']}")
    found.append(f"  receipt   event {result['receipt']['seq']}, leaf {result['receipt']['leaf_sha256'][:16]}…")
    return found


def _arguments(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())
