"""`remit learn train`: a proposer from a snapshot, or from a pack's history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say

SnapshotName = Annotated[
    str | None, typer.Option("--snapshot", metavar="SHA256", help="Learn from this snapshot, and register the winner.")
]
StrategyName = Annotated[
    str, typer.Option("--strategy", metavar="NAME", help="Which one learns from the snapshot; `all` compete.")
]
Examples = Annotated[
    Path | None,
    typer.Option("--examples", metavar="FOLDER", help="Make a prompt version of `learn examples`, for REMIT_LLM."),
]
Template = Annotated[
    Path | None, typer.Option("--template", metavar="FILE", help="What the language model is told, in other words.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**31 - 1, help="All of the chance in training.")]


def command(
    pack: PackName,
    snapshot: SnapshotName = None,
    strategy: StrategyName = "all",
    seed: Seed = 20260101,
    examples: Examples = None,
    template: Template = None,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Train a proposer: from a snapshot or by examples, as a candidate; or from history.csv, pinned in pack.yaml."""
    if examples is not None or template is not None:
        _prompt(pack, examples, template, snapshot, decision, name, role, as_json=as_json)
        return
    if snapshot is None:
        _from_history(pack, strategy, decision, name, role, as_json=as_json)
        return
    from remit.service.learning.train import train_from_snapshot

    with open_engine() as engine:
        who = actor(engine, name, role)
        made = train_from_snapshot(
            engine.services, pack, snapshot, who, decision=decision, strategy=strategy, seed=seed
        )
    if as_json:
        print_json(made)
        return
    _say(made)


def _from_history(
    pack: str, strategy: str, decision: str | None, name: str | None, role: list[str] | None, *, as_json: bool
) -> None:
    from remit.core.errors import InputError

    if strategy != "all":
        raise InputError("strategies compete on a snapshot", mend="name one: --snapshot SHA256")
    with open_engine() as engine:
        card = engine.train(pack, actor(engine, name, role), decision=decision)
    if as_json:
        print_json(card)
        return
    held = card["held_out"]
    say(f"{card['kind']} on {card['rows']} rows, sha256 {card['sha256'][:12]}")
    say(f"held out {card['rows_held_out']} rows: accuracy {held['accuracy']}, log loss {held['log_loss']}")


def _prompt(
    pack: str,
    examples: Path | None,
    template: Path | None,
    snapshot: str | None,
    decision: str | None,
    name: str | None,
    role: list[str] | None,
    *,
    as_json: bool,
) -> None:
    from remit.core.errors import InputError
    from remit.service.learning.train_prompt import train_prompt

    if examples is None or snapshot is not None:
        raise InputError("a prompt version is made of examples", mend="give --examples FOLDER, and no --snapshot")
    try:
        words = None if template is None else template.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{template} cannot be read as text", mend="give a UTF-8 file") from error
    with open_engine() as engine:
        who, llm = actor(engine, name, role), engine.settings.llm
        made = train_prompt(engine.services, pack, examples, who, llm=llm, template=words, decision=decision)
    if as_json:
        print_json(made)
        return
    card, trial = made["card"], made["card"]["trial"]
    say(f"prompt version {made['sha256'][:12]} for {card['language_model']} is {made['state']}")
    say(f"  {card['examples']} examples are shown")
    kept = trial["regressions"] - len(trial["worse"])
    say(f"  {kept} of {trial['regressions']} as before, {len(trial['improved'])} of {trial['improvements']} improved")
    say("  answers: " + (", ".join(f"{count} {what}" for what, count in trial["answers"].items()) or "none"))


def _say(made: dict[str, Any]) -> None:
    card = made["card"]
    say(f"{card['strategy']} won on {card['rows']} rows; {made['sha256'][:12]} is {made['state']}")
    for each in card["competition"]:
        low, high = each["interval"]
        told = f"log loss {each['log_loss']}" if each["can_be_served"] else "a yardstick: it cannot be served"
        say(f"  {each['strategy']:<13} value {each['value']:>8}  ({low} to {high})  {told}")
    error = card["calibration"]
    say(f"calibration error {error['error']} (as learnt {error['error_as_learnt']})")
    for group in card["fairness"]:
        if group["refuses"]:
            say(f"below four fifths beyond chance: {group['attribute']}, lowest {group['lowest']}")
