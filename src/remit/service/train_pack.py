"""Train a pack's proposer from its history, and pin the model in pack.yaml by its SHA-256."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson

from remit.core.errors import InputError, SystemFailed
from remit.core.words import Actor
from remit.learning.train import TrainedModel, TrainingRow, train
from remit.packs.admit import CaseRejected, admit
from remit.packs.load import card_name
from remit.packs.pack import Decision, Pack
from remit.service.services import Services
from remit.service.tables import CaseFile


def train_pack(services: Services, pack_ref: str, actor: Actor, *, decision: str | None = None) -> dict[str, Any]:
    """Train on history.csv and write ``models/NAME.onnx``, its card, and the pin into pack.yaml. Gives the card.

    Raises:
        NotFound, SourceError: the pack is not there or has problems.
        InputError: it has no history, or one that cannot be learnt from.
        SystemFailed: the pack's folder cannot be written.
    """
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    folder = pack.files.folder
    if folder is None or not chosen.model_features:
        raise InputError(f"`{chosen.name}` lists no features for a model", mend="list them under `proposer.features`")
    trained = train(_rows(folder, chosen), chosen.model_features, chosen.outcome.values, chosen.name)
    _write(folder, _model_file(pack, chosen), trained)
    with services.store.write() as unit:
        unit.journal.append(
            "model.trained",
            actor=actor,
            body={"pack": pack.name, "decision": chosen.name, "sha256": trained.sha256, "card": trained.card},
        )
    return trained.card


def _rows(folder: Path, decision: Decision) -> list[TrainingRow]:
    """The history's usable rows: admitted by the data contract, not quarantined, with a known outcome."""
    history = CaseFile(folder / "history.csv", decision.contract.record)
    rows: list[TrainingRow] = []
    for (number, raw), outcome in zip(history.cases(), history.outcomes(decision.outcome.name), strict=True):
        if outcome is None:
            continue
        if outcome not in decision.outcome.values:
            raise InputError(f"history.csv, row {number}: `{outcome}` is no value of `{decision.outcome.name}`")
        try:
            admission = admit(decision, raw)
        except CaseRejected as error:
            raise InputError(f"history.csv, row {number}: {error.message}") from error
        if admission.quality != "quarantined":
            features = decision.features_of(admission.case)
            rows.append(TrainingRow({name: features[name] for name in decision.model_features}, outcome))
    return rows


def _model_file(pack: Pack, decision: Decision) -> str:
    if decision.model is not None:
        return decision.model.file
    return f"models/{decision.name.replace('.', '-')}.onnx"


def _write(folder: Path, name: str, trained: TrainedModel) -> None:
    manifest = folder / "pack.yaml"
    try:
        (folder / "models").mkdir(exist_ok=True)
        (folder / name).write_bytes(trained.onnx)
        (folder / card_name(name)).write_bytes(
            orjson.dumps(trained.card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
        )
        manifest.write_text(_pinned(manifest.read_text("utf-8"), name, trained.sha256), "utf-8")
    except OSError as error:
        raise SystemFailed(
            f"cannot write into {folder}: {error.strerror}", mend="train a copy of the pack in a folder of yours"
        ) from error


def _pinned(text: str, name: str, sha256: str) -> str:
    """pack.yaml with the model's pin: the old line replaced, or a new one after the strategy. Comments stay."""
    pin = f'model: {{file: {name}, sha256: "{sha256}"}}'
    replaced, count = re.subn(r"model: *\{file: *[^}]*\}", pin, text, count=1)
    if count:
        return replaced
    replaced, count = re.subn(r"^( *)strategy: *model.*$", rf"\g<0>\n\g<1>{pin}", text, count=1, flags=re.MULTILINE)
    if not count:
        raise InputError("pack.yaml does not say `strategy: model`", mend="write it under `proposer`")
    return replaced
