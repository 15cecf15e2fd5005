"""A pack with something wrong decides nothing: the file, the line and the column are told, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Remit

Case = Callable[..., dict[str, Any]]
BANDS = "knowledge/amount-bands-and-authority.md"

# Sentence, file, text, what it becomes, what is told.
WRONG: list[tuple[str, str, str, str, str]] = [
    ("broken YAML", "pack.yaml", "decisions:", "decisions: [", "pack.yaml:"),
    ("a YAML alias", "pack.yaml", "owner: consumer-credit", "owner: &o x\n  department: *o", "the alias `*o`"),
    ("a key said twice", "policy.yaml", "default: escalate", "default: escalate\ndefault: allow", "policy.yaml:11:1"),
    ("an unknown field", "policy.yaml", "default: escalate", "defualt: escalate", "did you mean `default`?"),
    ("a surprise of YAML 1.1", "policy.yaml", "owner: credit-risk", "owner: no", "policy.yaml:7:10"),
    ("broken CEL", "policy.yaml", "case.duration_months > 60", "case.duration_months >", "policy.yaml:31:"),
    ("an undeclared name", "policy.yaml", "case.duration_months > 60", "case.duration > 60", "policy.yaml:31:"),
    (
        "a comparison of unlike types",
        "policy.yaml",
        "duration_months > 60",
        "duration_months > '60'",
        "policy.yaml:31:",
    ),
    ("an unknown action", "pack.yaml", "action: decline", "action: declin", "did you mean `decline`?"),
    (
        "a protected attribute",
        "pack.yaml",
        "when: features.strained",
        "when: case.age > 60",
        "protected attribute `age`",
    ),
    ("connectors that are no Python", "connectors.py", "import annotations", "import", "connectors.py:"),
]


@pytest.mark.parametrize(("file", "old", "new", "words"), [pytest.param(*row, id=sentence) for sentence, *row in WRONG])
def test_a_pack_with_it_decides_nothing(
    ours: Remit, tmp_path: Path, case: Case, file: str, old: str, new: str, words: str
) -> None:
    pack = _copied(ours, tmp_path)
    text = (pack / file).read_text()
    assert old in text
    (pack / file).write_text(text.replace(old, new, 1))
    done = ours("decide", pack, "--case", ours.write("case.json", case()))
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert ours.ledger_is_sound()


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"- a\n- list\n", b"a: " + b"[" * 5000], ids=repr)
def test_a_manifest_that_is_none_is_refused(ours: Remit, tmp_path: Path, case: Case, data: bytes) -> None:
    pack = _copied(ours, tmp_path)
    (pack / "pack.yaml").write_bytes(data)
    done = ours("decide", pack, "--case", ours.write("case.json", case()))
    assert (done.code, done.out) == (2, "")
    assert "pack.yaml" in done.err


def test_a_proposer_model_with_another_hash_is_never_loaded(ours: Remit, tmp_path: Path, case: Case) -> None:
    pack = _copied(ours, tmp_path)
    model = pack / "models" / "credit-application.onnx"
    model.write_bytes(model.read_bytes() + b"\x00")
    done = ours("decide", pack, "--case", ours.write("case.json", case()))
    assert (done.code, done.out) == (3, "")
    assert "the pack pins" in done.err
    assert "restore the model file" in done.err


def test_a_pack_without_its_knowledge_folder_is_not_indexed(ours: Remit, tmp_path: Path) -> None:
    pack = _copied(ours, tmp_path)
    (pack / "knowledge").rename(pack / "elsewhere")
    done = ours("index", pack)
    assert (done.code, done.out) == (2, "")
    assert "no folder `knowledge`" in done.err


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"# A rule\n\nwithout front matter\n", f"{BANDS}:1:1", id="without front matter"),
        pytest.param(b"---\ntitle: A rule\n---\n", f"{BANDS}:", id="with half a front matter"),
        pytest.param(b"---\ntitle: caf\xe9\n---\n", f"{BANDS}:2:11", id="that is not UTF-8"),
        pytest.param(b"", f"{BANDS}:", id="that is empty"),
    ],
)
def test_a_document_is_not_indexed(ours: Remit, tmp_path: Path, data: bytes, words: str) -> None:
    pack = _copied(ours, tmp_path)
    (pack / BANDS).write_bytes(data)
    done = ours("index", pack)
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert ours.ledger_is_sound()


def _copied(remit: Remit, folder: Path) -> Path:
    from dataclasses import replace

    return replace(remit, folder=folder).pack()
