"""Register a model as a candidate: its bytes are kept by content, and from now on its evidence counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from remit.agents.ports import Unit
from remit.core.canonical import sha256_hex
from remit.core.errors import Conflict, InputError, SourceError
from remit.core.words import Actor
from remit.learning.prompt import is_prompt, read_prompt
from remit.learning.registry import ModelState, RegisteredModel
from remit.packs.pack import Decision, Pack, card_name
from remit.packs.pins import with_model
from remit.service.learning.common import must_manage
from remit.service.prompts import base_files, base_of
from remit.service.services import Services


def register_candidate(
    services: Services,
    pack_ref: str,
    onnx: bytes,
    card: bytes,
    actor: Actor,
    *,
    decision: str | None = None,
    snapshot: str | None = None,
) -> dict[str, Any]:
    """Register a model for a decision of a pack; gives what is known of it. The same model again changes nothing.

    It must read what the decision declares and answer: it is loaded once. Only decisions from now on are evidence for
    it, since it may have been trained on any before.

    Args:
        onnx, card: the model's file and its card, as `remit learn train` writes them.
        snapshot: the SHA-256 of the snapshot that it was trained on.

    Raises:
        NotFound, SourceError: there is no such pack or decision, or the pack has problems.
        InputError: the card does not fit the model or the decision, or the decision pins no model to compete with.
        SystemFailed: the bytes are no model that answers.
        Refused: the actor may not manage models.
    """
    must_manage(actor)
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    sha256 = sha256_hex(onnx)
    check_fits(services, pack, chosen, sha256, onnx, card)
    model = model_of(services, pack, chosen, sha256, card, snapshot, "registered", actor)
    with services.store.write() as unit:
        known = [each for each in unit.models.of(pack.name, chosen.name) if each.sha256 == sha256]
        if known:
            return known[0].to_json()
        if is_prompt(onnx):
            register_pinned(services, unit, pack, chosen, actor)
        store(unit, model, onnx, card, actor)
    return model.to_json()


def register_pinned(services: Services, unit: Unit, pack: Pack, decision: Decision, actor: Actor) -> RegisteredModel:
    """Register the model that decides at present, so that a pointer can lead back to it; and what a prompt version
    stands on, so that there is something to fall back to. Raises InputError.
    """
    pin = must_pin(decision)
    known = {each.sha256: each for each in unit.models.of(pack.name, decision.name)}
    base, base_onnx, base_card = base_of(pack.files, decision)
    if base not in known and base != pin.sha256:
        store(
            unit,
            model_of(services, pack, decision, base, base_card, None, "retired", actor),
            base_onnx,
            base_card,
            actor,
        )
    if pin.sha256 in known:
        return known[pin.sha256]
    onnx, card = pack.files.contents[pin.file], pack.files.contents[card_name(pin.file)]
    model = model_of(services, pack, decision, pin.sha256, card, None, "champion", actor)
    store(unit, model, onnx, card, actor)
    return model


def store(unit: Unit, model: RegisteredModel, onnx: bytes, card: bytes, actor: Actor) -> None:
    """Keep a model and write its event, in the caller's unit of work. Raises Conflict."""
    unit.models.register(model, onnx, card)
    unit.journal.append("model.registered", actor=actor, body=model.to_json())


def must_pin(decision: Decision) -> Any:
    """The model that a decision has by its pack. Raises InputError: it proposes by rules."""
    if decision.model is None:
        raise InputError(
            f"`{decision.name}` proposes by rules, so no model can take its place",
            code="rollout",
            mend="write `strategy: model` under `proposer`, and train one: `remit learn train`",
        )
    return decision.model


def check_fits(services: Services, pack: Pack, decision: Decision, sha256: str, onnx: bytes, card: bytes) -> None:
    """Put it into the pack for a moment, and let it answer for nothing.

    Raises InputError, SystemFailed, Conflict: it does not fit, does not answer, or the pack has changed.
    """
    must_pin(decision)
    try:
        said = orjson.loads(card)
    except orjson.JSONDecodeError as error:
        raise InputError(f"the model's card is not JSON: {error}") from error
    if not isinstance(said, dict) or said.get("sha256") != sha256:
        raise InputError("the card is another model's", mend="give the card beside the model")
    beside = _stands_on(pack, decision, onnx) if is_prompt(onnx) else {}
    try:
        variant = services.trial_pack(with_model(pack.files, decision.name, sha256, onnx, card, beside))
    except SourceError as error:
        raise InputError(f"the model does not fit the pack:\n{error.message}") from error
    if services.parts.model(variant, variant.decisions[decision.name]) is None:
        raise Conflict("the pack proposes by rules by now", mend="look again")


def _stands_on(pack: Pack, decision: Decision, artefact: bytes) -> Mapping[str, bytes]:
    """What a prompt version needs beside it. Raises InputError: it is of something else than what decides now."""
    version = read_prompt(artefact)
    base, onnx, card = base_of(pack.files, decision)
    if (version.pack, version.decision, version.base) != (pack.name, decision.name, base):
        raise InputError(
            "the prompt version is of another pack, decision or model",
            code="prompt",
            mend="make one of what decides now: `remit learn train --examples`",
        )
    return base_files(base, onnx, card)


def model_of(
    services: Services,
    pack: Pack,
    decision: Decision,
    sha256: str,
    card: bytes,
    snapshot: str | None,
    state: ModelState,
    actor: Actor,
) -> RegisteredModel:
    """What is known of a model that is registered now."""
    now = services.clock.now()
    return RegisteredModel(sha256, pack.name, decision.name, sha256_hex(card), snapshot, state, actor.id, now)
