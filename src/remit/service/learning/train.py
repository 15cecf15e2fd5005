"""Train from a snapshot: strategies compete, and the best one is registered as a candidate with its card."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import orjson

from remit.core.canonical import decimals_as_text, digest, sha256_hex
from remit.core.errors import InputError, Refused
from remit.core.words import Actor
from remit.learning.competition import Competition, Lessons, all_strategies, compete, fairness_of, score_json
from remit.learning.snapshot import MadeSnapshot
from remit.packs.pack import Decision, Pack
from remit.service.learning.check_snapshot import check_snapshot
from remit.service.learning.common import must_manage
from remit.service.learning.lessons import lessons_of
from remit.service.learning.register import check_fits, model_of, must_pin, store
from remit.service.learning.shown import find_snapshot
from remit.service.services import Services

SEED = 20260101
ALL = "all"
LIBRARIES = ("lightgbm", "numpy", "onnx", "scikit-learn", "skl2onnx", "vowpalwabbit")
LIMITS = (
    "The winner was chosen by the figures that are shown here, so its own is a little too good.",
    "The figures are of cases like those of the snapshot; of others nothing is known.",
    "What an action would have earned is what the pack declares for the outcome that came. It is assumed that the"
    " action did not change the outcome.",
)


def train_from_snapshot(
    services: Services,
    pack_ref: str,
    snapshot: str,
    actor: Actor,
    *,
    decision: str | None = None,
    strategy: str = ALL,
    seed: int = SEED,
) -> dict[str, Any]:
    """Let strategies compete on a snapshot, and register the winner; gives the registered model and its `card`.

    The same snapshot, pack, seed and libraries give the same bytes. A model that is registered already stays as it is.

    Raises:
        NotFound, SourceError: there is no such pack, decision or snapshot, or the pack has problems.
        InputError: the decision proposes by rules, the snapshot is of another one, the strategy is none, or too little
            can be learnt from.
        Refused: the actor may not manage models, the snapshot was retired, or a gate before training refuses it.
        Corrupted: the snapshot's rows are not those that were made.
    """
    pack, chosen, made, names = what_is_wanted(services, pack_ref, snapshot, actor, decision, strategy)
    checked = _checked(services, made)
    lessons, said = lessons_of(services, chosen, made)
    won = compete(lessons, chosen.model_features, chosen.outcome.values, names, chosen.name, seed)
    card = {**_card(chosen, lessons, won, seed), **said, **_source(pack, made, lessons, checked)}
    data = orjson.dumps(card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    return _register(services, pack, chosen, won.onnx, data, made, actor)


def what_is_wanted(
    services: Services, pack_ref: str, snapshot: str, actor: Actor, decision: str | None, strategy: str
) -> tuple[Pack, Decision, MadeSnapshot, tuple[str, ...]]:
    """The pack, decision, snapshot and strategies that are meant. Raises as `train_from_snapshot` does, of these."""
    must_manage(actor)
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    must_pin(chosen)
    made = find_snapshot(services, snapshot)
    if (made.pack, made.decision) != (pack.name, chosen.name):
        raise InputError(f"the snapshot is of `{made.decision}` of {made.pack}", mend="take one of this decision")
    return pack, chosen, made, _names(strategy)


def _checked(services: Services, made: MadeSnapshot) -> Mapping[str, Any]:
    report = check_snapshot(services, made.sha256)
    refusing = [f"{each['gate']}: {each['why']}" for each in report["gates"] if each["verdict"] == "refuse"]
    if refusing:
        raise Refused(
            f"nothing is learnt from this snapshot: {'; '.join(refusing)}",
            code="snapshot_refused",
            mend="`remit learn check` tells more",
        )
    return report


def _names(strategy: str) -> tuple[str, ...]:
    every = all_strategies()
    if strategy != ALL and strategy not in every:
        raise InputError(f"there is no strategy `{strategy[:40]}`", mend=f"choose {ALL} or one of {', '.join(every)}")
    return every if strategy == ALL else (strategy,)


def _card(decision: Decision, lessons: Lessons, won: Competition, seed: int) -> dict[str, Any]:
    """What is told of the winner: what it is, how it did beside the others, how it was calibrated, whom it favours."""
    winner = next(each for each in won.scores if each.strategy == won.winner)
    scores = sorted(won.scores, key=lambda each: -float(each.values.mean()))
    own = score_json(winner, winner, seed)
    return {
        "model": decision.name,
        "kind": f"{won.winner}, calibrated",
        "strategy": won.winner,
        "features": {"numbers": list(won.numbers), "texts": list(won.texts)},
        "outcomes": list(decision.outcome.values),
        "rows": len(lessons),
        "rows_held_out": len(lessons),
        "held_out": {name: own[name] for name in ("value", "interval", "accuracy", "log_loss", "brier")},
        "judged_by": "five parts, each by models that learnt from the other four",
        "competition": [score_json(each, winner, seed) for each in scores],
        "calibration": {
            "method": "one slope on log-probabilities and a shift for each outcome",
            "slope": won.calibration.slope,
            "shifts": list(won.calibration.shifts),
            "error": own["calibration_error"],
            "error_as_learnt": own["calibration_error_as_learnt"],
        },
        "fairness": fairness_of(lessons, won.proposed),
        "seed": seed,
        "sha256": sha256_hex(won.onnx),
    }


def _source(pack: Pack, made: MadeSnapshot, lessons: Lessons, checked: Mapping[str, Any]) -> dict[str, Any]:
    """What it was made of, and what that means for whoever relies on it."""
    warned = [f"{each['gate']}: {each['why']}" for each in checked["gates"] if each["verdict"] == "warn"]
    return {
        "snapshot": made.sha256,
        "data_sha256": digest([dict(row) for row in lessons.features] + lessons.outcome.tolist()),
        "pack_sha256": pack.sha256,
        "limits": [*LIMITS, *warned],
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
    }


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _register(
    services: Services, pack: Pack, decision: Decision, onnx: bytes, card: bytes, made: MadeSnapshot, actor: Actor
) -> dict[str, Any]:
    sha256, said = sha256_hex(onnx), orjson.loads(card)
    check_fits(services, pack, decision, sha256, onnx, card)
    model = model_of(services, pack, decision, sha256, card, made.sha256, "registered", actor)
    with services.store.write() as unit:
        known = [each for each in unit.models.of(pack.name, decision.name) if each.sha256 == sha256]
        if known:
            return {**known[0].to_json(), "new": False, "card": orjson.loads(unit.models.artefact(sha256)[1])}
        body = {"pack": pack.name, "decision": decision.name, "sha256": sha256, "card": decimals_as_text(said)}
        unit.journal.append("model.trained", actor=actor, step="learn", body=body)
        store(unit, model, onnx, card, actor)
    return {**model.to_json(), "new": True, "card": said}
