"""`remit learn train`: turn a pack's history into a better proposer."""

from __future__ import annotations

from remit.cli.common import As, AsJson, DecisionName, PackName, Roles, actor, open_engine, print_json, say


def command(
    pack: PackName, as_json: AsJson = False, decision: DecisionName = None, name: As = None, role: Roles = None
) -> None:
    """Train a pack's proposer from history.csv, save it as ONNX, and pin it in pack.yaml by its SHA-256."""
    with open_engine() as engine:
        card = engine.train(pack, actor(engine, name, role), decision=decision)
    if as_json:
        print_json(card)
        return
    held = card["held_out"]
    say(f"{card['kind']} on {card['rows']} rows, sha256 {card['sha256'][:12]}")
    say(f"held out {card['rows_held_out']} rows: accuracy {held['accuracy']}, log loss {held['log_loss']}")
