"""`remit learn register`: a trained model becomes a candidate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say


def command(
    pack: PackName,
    model: Annotated[Path, typer.Option("--model", metavar="FILE", help="The .onnx file; its card lies beside it.")],
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", metavar="SHA256", help="The snapshot that it was trained on.")
    ] = None,
    as_json: AsJson = False,
    decision: DecisionName = None,
    name: As = None,
    role: Roles = None,
) -> None:
    """Register a model as a candidate: its bytes are kept, and decisions from now on are its evidence."""
    from remit.core.errors import InputError
    from remit.packs.pack import card_name
    from remit.service.learning.register import register_candidate

    try:
        onnx, card = model.read_bytes(), Path(card_name(str(model))).read_bytes()
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read: {error.strerror}", mend="give model and card") from error
    with open_engine() as engine:
        who = actor(engine, name, role)
        made = register_candidate(engine.services, pack, onnx, card, who, decision=decision, snapshot=snapshot)
    if as_json:
        print_json(made)
        return
    say(f"{made['sha256'][:12]} is {made['state']} for {made['decision']}")
