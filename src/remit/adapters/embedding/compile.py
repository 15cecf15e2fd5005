"""Compiles a sentence-transformers model to ONNX. Runs as a process of its own: ``python -m … SOURCE TARGET``.

The whole model goes in (transformer, pooling, and normalisation if it has one), in float32, and must give the vectors
that sentence-transformers gives before it counts as done.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from remit.adapters.embedding.encoder import MANIFEST, MODEL, TOKENIZER, Manifest, OnnxEncoder
from remit.core.canonical import sha256_hex

_TOLERANCE = 1e-4
_PROBES = (
    "",
    "Loans",
    "The applicant's instalments exceed a third of the disposable income.",
    "Steel plates with scratches longer than 40 mm are set aside. " * 12,
    "Größe, naïve, 数据 and 1,234.56",
    "word " * 2000,
)


def compile_model(source: Path, target: Path) -> None:
    """Write `model.onnx`, `tokenizer.json` and `manifest.json` into the folder `target`.

    Raises:
        ValueError: the model cannot be compiled faithfully.
    """
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(source),
        device="cpu",
        local_files_only=True,
        trust_remote_code=False,
        # Eager attention is the plain formula, which exports for every length and batch.
        model_kwargs={"use_safetensors": True, "attn_implementation": "eager"},
    )
    model.eval()
    inputs = tuple(model.tokenizer.model_input_names)
    example = model.tokenizer(list(_PROBES[1:3]), padding=True, return_tensors="pt")
    torch.onnx.export(
        _positional(model, inputs),
        tuple(example[name] for name in inputs),
        str(target / MODEL),
        input_names=list(inputs),
        output_names=["vectors"],
        dynamic_axes={name: {0: "texts", 1: "tokens"} for name in inputs} | {"vectors": {0: "texts"}},
        opset_version=17,
        dynamo=False,
    )
    model.tokenizer.backend_tokenizer.save(str(target / TOKENIZER))
    expected = model.encode(list(_PROBES), normalize_embeddings=True, show_progress_bar=False)
    manifest = Manifest(
        model_sha256=sha256_hex((target / MODEL).read_bytes()),
        tokenizer_sha256=sha256_hex((target / TOKENIZER).read_bytes()),
        dimensions=expected.shape[1],
        max_tokens=model.max_seq_length or 512,
        pad_id=model.tokenizer.pad_token_id,
        inputs=inputs,
    )
    (target / MANIFEST).write_text(manifest.to_json())
    difference = float(np.abs(OnnxEncoder(target).embed(_PROBES) - expected).max())
    if difference > _TOLERANCE:
        raise ValueError(f"the compiled model differs by {difference:.2g} from sentence-transformers")


def _positional(model: Any, inputs: tuple[str, ...]) -> Any:
    """The model as a function of tensors by position, as the exporter wants it."""
    import torch

    class Positional(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *columns: Any) -> Any:
            return self.model(dict(zip(inputs, columns, strict=True)))["sentence_embedding"]

    return Positional()


if __name__ == "__main__":
    compile_model(Path(sys.argv[1]), Path(sys.argv[2]))
