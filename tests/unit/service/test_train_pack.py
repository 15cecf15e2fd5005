"""Training a pack: the model, its card and the pin in pack.yaml, and nothing half done."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from remit.core.canonical import sha256_hex
from remit.core.errors import InputError, SystemFailed
from remit.core.words import Actor
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.wiring import Engine

WritePack = Callable[..., Path]
BY_MODEL = ("strategy: rules\n", "strategy: model  # learnt\n")


def history(rows: int = 150) -> str:
    chance = random.Random(1)
    lines = ["id,purpose,amount,late,age,outcome.repaid"]
    for number in range(rows):
        amount, late = chance.randrange(1, 900), chance.random() < 0.4
        purpose = chance.choice(["car", "house"])
        repaid = amount + 400 * late + chance.randrange(200) < 700
        lines.append(f"L-{number},{purpose},{amount},{late},{chance.randrange(18, 80)},{repaid}")
    return "\n".join(lines) + "\n"


def test_training_writes_model_card_and_pin_and_the_pack_is_sound(
    engine: Engine, write_pack: WritePack, ana: Actor
) -> None:
    folder = write_pack(BY_MODEL, files={"history.csv": history()})
    card = engine.train(str(folder), ana)
    model = load_pack(read_folder(folder)).decisions["loan.small"].model
    assert model is not None
    assert model.sha256 == card["sha256"] == sha256_hex((folder / "models" / "loan-small.onnx").read_bytes())
    assert engine.check_pack(str(folder)).problems == ()
    assert card["rows"] == 150


def test_a_new_feature_is_two_words_of_the_pack(engine: Engine, write_pack: WritePack, ana: Actor) -> None:
    declared = ("      late: case.late\n", "      late: case.late\n      large: case.amount > 500\n")
    used = ("features: [ratio, purpose, late]", "features: [ratio, purpose, late, large]")
    folder = write_pack(BY_MODEL, declared, used, files={"history.csv": history()})
    card = engine.train(str(folder), ana)
    assert card["features"]["numbers"] == ["ratio", "late", "large"]
    assert engine.check_pack(str(folder)).problems == ()


def test_training_leaves_every_other_word_of_pack_yaml_alone(engine: Engine, write_pack: WritePack, ana: Actor) -> None:
    folder = write_pack(BY_MODEL, files={"history.csv": history()})
    before = (folder / "pack.yaml").read_text().splitlines()
    engine.train(str(folder), ana)
    after = (folder / "pack.yaml").read_text().splitlines()
    assert [line for line in after if line not in before] == [after[29]]
    assert after[29].startswith("      model: {file: models/loan-small.onnx, sha256: ")


@pytest.mark.parametrize(
    "pin", ['model: {file: models/m.onnx, sha256: "%s"}', "model:\n        file: models/m.onnx\n        sha256: '%s'"]
)
def test_a_model_that_was_lost_is_trained_again_and_pinned_anew(
    engine: Engine, write_pack: WritePack, ana: Actor, pin: str
) -> None:
    by_model = ("strategy: rules\n", f"strategy: model\n      {pin % ('0' * 64)}\n")
    folder = write_pack(by_model, files={"history.csv": history()})
    card = engine.train(str(folder), ana)
    assert (folder / "models" / "m.onnx").is_file()
    assert card["sha256"] in (folder / "pack.yaml").read_text()
    assert engine.check_pack(str(folder)).ok


def test_of_two_decisions_only_the_trained_one_gets_the_new_pin(
    engine: Engine, write_pack: WritePack, ana: Actor
) -> None:
    other = (write_pack() / "pack.yaml").read_text().partition("decisions:\n")[2].replace("loan.small", "loan.other")
    pinned = other.replace(
        "strategy: rules", 'strategy: model\n      model: {file: models/a.onnx, sha256: "' + "0" * 64 + '"}'
    ).replace("policy.yaml", "other.yaml")
    policy = (write_pack() / "policy.yaml").read_text().replace("loan.small", "loan.other")
    second = ("protected: [age]}\n", "protected: [age]}\n" + pinned)
    folder = write_pack(BY_MODEL, second, files={"history.csv": history(), "other.yaml": policy})
    with pytest.raises(InputError, match="nothing was written"):
        engine.train(str(folder), ana, decision="loan.small")  # the other one's model is still missing
    assert not (folder / "models").exists()
    assert "0" * 64 in (folder / "pack.yaml").read_text()


def test_a_training_is_in_the_ledger(
    engine: Engine, write_pack: WritePack, ana: Actor, ledger: Callable[[], list[str]]
) -> None:
    engine.train(str(write_pack(BY_MODEL, files={"history.csv": history()})), ana)
    assert "model.trained" in ledger()[-1]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (history().replace("L-3,", "X-3,"), "row 4: the case does not fit"),
        (history().replace("True\n", "maybe\n", 1), "`maybe` is no value of `repaid`"),
        (history(20), "20 rows are too few"),
        ("", "is empty"),
        (None, "cannot be read"),
    ],
)
def test_a_history_that_cannot_be_learnt_from_is_refused(
    engine: Engine, write_pack: WritePack, ana: Actor, rows: str | None, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        engine.train(str(write_pack(BY_MODEL, files={"history.csv": rows})), ana)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("      features: [ratio, purpose, late]\n", ""), "lists no features"),
        (("1.0.0", "1.0.1"), "proposes by rules"),
    ],
)
def test_a_decision_without_a_model_proposer_is_not_trained(
    engine: Engine, write_pack: WritePack, ana: Actor, change: tuple[str, str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        engine.train(str(write_pack(change, files={"history.csv": history()})), ana)


def test_quarantined_rows_and_rows_without_an_outcome_are_not_learnt(
    engine: Engine, write_pack: WritePack, ana: Actor
) -> None:
    more = "L-900,car,5,false,17,True\nL-901,car,5,false,40,\n"
    card = engine.train(str(write_pack(BY_MODEL, files={"history.csv": history() + more})), ana)
    assert card["rows"] == 150


class Broken:
    """A model that cannot answer for the moment."""

    sha256 = "ab" * 32

    def probabilities(self, features: Mapping[str, Any]) -> dict[str, float]:
        raise SystemFailed("the model cannot answer", code="model_failed")


def test_a_decision_that_was_made_while_the_model_was_broken_replays_as_it_was(
    engine: Engine, write_pack: WritePack, ana: Actor, loan: Callable[..., dict[str, Any]], monkeypatch: Any
) -> None:
    folder = str(write_pack(BY_MODEL, files={"history.csv": history()}))
    engine.train(folder, ana)
    monkeypatch.setattr(engine.services.parts, "model", lambda *_: Broken())
    result = engine.decide(folder, loan(), ana)
    monkeypatch.undo()
    engine.services._brains.clear()
    assert "The model failed (model_failed)" in result["reasons"][-1]
    replayed = engine.replay(result["decision_id"])
    assert replayed.same, [change.sentence() for change in replayed.changes]
