"""Serves a compiled sentence encoder with onnxruntime: its own files only, checked before they are used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted
from remit.retrieval.ports import Vectors

MODEL, TOKENIZER, MANIFEST = "model.onnx", "tokenizer.json", "manifest.json"
_BATCH = 32
_MAX_CHARACTERS = 20_000
"""Far beyond what a model reads; it keeps a page without end from costing a tokenisation without end."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a compiled model consists of. `inputs` are the names of the ONNX inputs, in order."""

    model_sha256: str
    tokenizer_sha256: str
    dimensions: int
    max_tokens: int
    pad_id: int
    inputs: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, sort_keys=True)


class OnnxEncoder:
    """A compiled model in memory. Threads may share it.

    Args:
        folder: holds `model.onnx`, `tokenizer.json` and `manifest.json`.

    Raises:
        Corrupted: a file is missing or is not what the manifest says.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.manifest = _read_manifest(folder)
        model = _checked(folder / MODEL, self.manifest.model_sha256)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Spinning threads burn a core while they wait; a decision is not the only work of a machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        tokenizer = _checked(folder / TOKENIZER, self.manifest.tokenizer_sha256)
        self._tokenizer = Tokenizer.from_str(tokenizer.decode())
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.manifest.max_tokens)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of shape (len(texts), dimensions) and unit length."""
        encodings = [self._tokenizer.encode(text[:_MAX_CHARACTERS]) for text in texts]
        vectors = np.zeros((len(texts), self.manifest.dimensions), np.float32)
        # Texts of like length share a batch, so that little is computed on padding.
        by_length = sorted(range(len(texts)), key=lambda position: len(encodings[position].ids))
        for first in range(0, len(by_length), _BATCH):
            batch = by_length[first : first + _BATCH]
            vectors[batch] = self._run([encodings[position] for position in batch])
        return vectors

    def _run(self, encodings: list[Any]) -> Vectors:
        columns = {
            "input_ids": _padded([encoding.ids for encoding in encodings], self.manifest.pad_id),
            "attention_mask": _padded([encoding.attention_mask for encoding in encodings], 0),
            "token_type_ids": _padded([encoding.type_ids for encoding in encodings], 0),
        }
        (found,) = self._session.run(None, {name: columns[name] for name in self.manifest.inputs})
        unit: Vectors = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit


def _padded(rows: list[list[int]], filler: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    table = np.full((len(rows), max(map(len, rows))), filler, np.int64)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values
    return table


def _read_manifest(folder: Path) -> Manifest:
    try:
        fields = json.loads((folder / MANIFEST).read_bytes())
        return Manifest(**{**fields, "inputs": tuple(fields["inputs"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Corrupted(f"the compiled model in {folder} has no readable manifest") from error


def _checked(file: Path, sha256: str) -> bytes:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise Corrupted(f"{file} cannot be read: {error.strerror}") from error
    if sha256_hex(data) != sha256:
        raise Corrupted(f"{file} is not what was compiled")
    return data
