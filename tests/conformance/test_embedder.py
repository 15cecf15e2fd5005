"""Every embedder keeps these promises."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from remit.adapters.embedding import model
from remit.adapters.embedding.model import MiniLmEmbedder, SentenceTransformersModel
from remit.adapters.memory.embedder import HashingEmbedder
from remit.core.errors import SystemFailed
from remit.retrieval.ports import Embedder

TEXTS = ["a loan above 5,000", "steel", "", "the applicant pays the instalments " * 40, "a loan", "数据 🙂"]


@pytest.fixture(params=["memory", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "memory":
        return HashingEmbedder()
    return MiniLmEmbedder(request.getfixturevalue("models"))


def test_there_is_one_unit_row_of_float32_for_each_text(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), embedder.dimensions), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_company_in_a_batch_does_not_change_a_vector(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(embedder.embed(TEXTS * 7)[: len(TEXTS)] - alone).max() < 1e-5


def test_the_same_text_gives_the_same_bytes(embedder: Embedder) -> None:
    assert embedder.embed(["a loan"]).tobytes() == embedder.embed(["a loan"]).tobytes()


def test_related_texts_are_nearer_than_unrelated_ones(embedder: Embedder) -> None:
    rule, question, other = embedder.embed(["the rule for a loan", "a rule for the loan", "steel has scratches"])
    assert rule @ question > rule @ other


def test_the_fingerprint_is_a_plain_name(embedder: Embedder) -> None:
    assert embedder.fingerprint == embedder.fingerprint
    assert embedder.fingerprint.replace("-", "").replace(".", "").isalnum()


class TestMiniLm:
    @pytest.fixture
    def compiled(self, models: Path) -> Path:
        return models

    @pytest.fixture
    def copies(self, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
        """Compiling is replaced by copying what is compiled; the list tells how often it was done."""
        done: list[Path] = []

        def copy(source: Path, target: Path) -> None:
            done.append(source)
            shutil.copytree(compiled / MiniLmEmbedder(compiled).fingerprint, target, dirs_exist_ok=True)

        monkeypatch.setattr(model, "_compile", copy)
        return done

    def test_serving_imports_no_torch(self, compiled: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from remit.adapters.embedding.model import MiniLmEmbedder\n"
            "MiniLmEmbedder(Path(sys.argv[1])).embed(['a loan'])\n"
            "print({'torch', 'transformers', 'sentence_transformers'} & sys.modules.keys())"
        )
        done = subprocess.run([sys.executable, "-c", program, compiled], capture_output=True, text=True, check=True)
        assert (done.stdout.strip(), done.stderr) == ("set()", "")

    def test_weights_with_another_hash_are_refused_before_they_are_loaded(self, tmp_path: Path) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"something else")
        (tmp_path / "tokenizer.json").write_text("{}")
        forged = SentenceTransformersModel(tmp_path / "models", tmp_path, name="forged", weights_sha256="0" * 64)
        with pytest.raises(SystemFailed, match="is not the model that Remit knows") as failure:
            forged.embed(["a loan"])
        assert failure.value.mend is not None
        assert not (tmp_path / "models").exists()

    def test_a_compiler_that_does_not_work_is_a_clear_failure(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"a model")
        (tmp_path / "tokenizer.json").write_text("{}")
        (tmp_path / "torch.py").write_text("raise ImportError('libcuda.so is not there')\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        with pytest.raises(SystemFailed, match=r"cannot be compiled: .*libcuda\.so is not there"):
            SentenceTransformersModel(tmp_path / "models", tmp_path, name="broken").embed(["a loan"])

    @pytest.mark.soak
    def test_weights_that_are_no_model_are_a_clear_failure(self, tmp_path: Path) -> None:
        (tmp_path / "model.safetensors").write_bytes(b"no model")
        (tmp_path / "tokenizer.json").write_text("{}")
        with pytest.raises(SystemFailed, match="cannot be compiled"):
            SentenceTransformersModel(tmp_path / "models", tmp_path, name="broken").embed(["a loan"])

    def test_a_missing_model_is_a_clear_failure(self, tmp_path: Path) -> None:
        with pytest.raises(SystemFailed, match="is not there"):
            SentenceTransformersModel(tmp_path, tmp_path / "nowhere", name="missing").embed(["a loan"])

    @pytest.mark.parametrize("file", ["model.onnx", "tokenizer.json", "manifest.json"])
    def test_a_damaged_compiled_file_is_made_again(self, copies: list[Path], tmp_path: Path, file: str) -> None:
        MiniLmEmbedder(tmp_path).embed(["once"])
        (tmp_path / MiniLmEmbedder(tmp_path).fingerprint / file).write_bytes(b"damaged")
        assert MiniLmEmbedder(tmp_path).embed(["twice"]).shape == (1, 384)
        assert len(copies) == 2

    def test_many_may_compile_at_once(self, copies: list[Path], tmp_path: Path) -> None:
        with ThreadPoolExecutor(4) as pool:
            shapes = list(pool.map(lambda _: MiniLmEmbedder(tmp_path).embed(["a loan"]).shape, range(4)))
        assert shapes == [(1, 384)] * 4
        assert [each.name for each in tmp_path.iterdir()] == [MiniLmEmbedder(tmp_path).fingerprint]

    def test_a_folder_that_cannot_be_written_is_a_clear_failure(self, copies: list[Path], tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(SystemFailed, match="cannot be kept"):
            MiniLmEmbedder(tmp_path / "file" / "models").embed(["a loan"])
