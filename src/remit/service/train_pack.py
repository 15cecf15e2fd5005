"""Train a pack's proposer from its history, and pin the model in pack.yaml by its SHA-256."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from remit.core.errors import InputError, SourceError, SystemFailed
from remit.core.words import Actor
from remit.learning.train import TrainedModel, TrainingRow, train
from remit.packs.admit import CaseRejected, admit
from remit.packs.load import load_pack
from remit.packs.pack import Decision, Pack, card_name
from remit.packs.pins import pinned
from remit.service.services import Services
from remit.service.tables import CaseFile


def train_pack(services: Services, pack_ref: str, actor: Actor, *, decision: str | None = None) -> dict[str, Any]:
    """Train on history.csv and write ``models/NAME.onnx``, its card, and the pin into pack.yaml. Gives the card.

    Raises:
        NotFound, SourceError: the pack is not there or has problems other than a missing model.
        InputError: it has no history, or one that cannot be learnt from.
        SystemFailed: the pack's folder cannot be written.
    """
    pack = load_pack(services.library.files(pack_ref), trained=False)
    chosen = services.decision(pack, decision)
    folder = pack.files.folder
    if folder is None or not chosen.model_features:
        raise InputError(f"`{chosen.name}` lists no features for a model", mend="list them under `proposer.features`")
    if chosen.strategy != "model":
        raise InputError(f"`{chosen.name}` proposes by rules", mend="write `strategy: model` under `proposer`")
    trained = train(_rows(folder, chosen), chosen.model_features, chosen.outcome.values, chosen.name)
    _write(folder, _with_model(pack, chosen, trained))
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


def _with_model(pack: Pack, decision: Decision, trained: TrainedModel) -> dict[str, bytes]:
    """The pack's files that training changes: the model, its card and the pin. Together they make a sound pack."""
    name = decision.model.file if decision.model else f"models/{decision.name.replace('.', '-')}.onnx"
    changed = {
        name: trained.onnx,
        card_name(name): orjson.dumps(trained.card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n",
        "pack.yaml": pinned(pack.files, decision.name, name, trained.sha256).encode(),
    }
    try:
        load_pack(replace(pack.files, contents={**pack.files.contents, **changed}))
    except SourceError as error:
        raise InputError(
            f"the model cannot be pinned in pack.yaml; nothing was written:\n{error.message}",
            mend=f"write `model: {{file: {name}, sha256: ...}}` under `proposer`, and train again",
        ) from error
    return changed


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        (folder / "models").mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise SystemFailed(
            f"cannot write into {folder}: {error.strerror}", mend="train a copy of the pack in a folder of yours"
        ) from error
