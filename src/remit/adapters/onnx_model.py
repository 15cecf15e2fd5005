"""Trained proposers, served by onnxruntime from the exact bytes that the pack names. Nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from remit.core.canonical import sha256_hex
from remit.core.errors import InputError, SystemFailed
from remit.learning.prompt import is_prompt, read_prompt
from remit.packs.pack import Decision, Pack, base_file, card_name

SUM_TOLERANCE = 1e-3


def model_of(pack: Pack, decision: Decision) -> OnnxOutcomeModel | None:
    """The proposer that a pack names for a decision, or the one that its prompt version stands on; None where it
    proposes by rules. Raises SystemFailed.
    """
    if decision.model is None:
        return None
    file, sha256 = decision.model.file, decision.model.sha256
    data = pack.files.contents[file]
    if is_prompt(data):
        sha256 = _base(data, sha256)
        file = base_file(sha256)
        if file not in pack.files.contents:
            message = f"the model {sha256[:12]} that the prompt version stands on is missing"
            raise SystemFailed(message, code="model_broken")
        data = pack.files.contents[file]
    card = orjson.loads(pack.files.contents[card_name(file)])
    return OnnxOutcomeModel(
        data,
        sha256=sha256,
        numbers=card["features"]["numbers"],
        texts=card["features"]["texts"],
        outcomes=card["outcomes"],
    )


def _base(data: bytes, sha256: str) -> str:
    """The SHA-256 of the model that a prompt version stands on. Raises SystemFailed: it is not the pinned one."""
    try:
        version = read_prompt(data)
    except InputError as error:
        raise SystemFailed(f"the prompt version cannot be read: {error.message}", code="model_broken") from error
    if sha256_hex(data) != sha256:
        raise SystemFailed("the prompt version is not the one that the pack pins", code="model_hash")
    return version.base


class OnnxOutcomeModel:
    """`remit.learning.ports.OutcomeModel` over an ONNX classifier made by `remit.learning.train`.

    Args:
        data: the ONNX file.
        sha256: what the pack says it is.
        numbers, texts: the model's features in order, by kind.
        outcomes: the classes in the model's order.

    Raises:
        SystemFailed: the bytes are not the pinned ones, or are no usable model.
    """

    def __init__(
        self, data: bytes, *, sha256: str, numbers: Sequence[str], texts: Sequence[str], outcomes: Sequence[str]
    ) -> None:
        found = sha256_hex(data)
        if found != sha256:
            raise SystemFailed(
                f"the model's SHA-256 is {found[:12]}…, but the pack pins {sha256[:12]}…",
                code="model_hash",
                mend="restore the model file, or train anew with `remit learn train`",
            )
        self.sha256 = sha256
        self._numbers, self._texts, self._outcomes = tuple(numbers), tuple(texts), tuple(outcomes)
        self._session = _session(data)

    def probabilities(self, features: Mapping[str, float | int | bool | str]) -> dict[str, float]:
        feeds: dict[str, Any] = {}
        if self._numbers:
            with np.errstate(over="ignore"):
                feeds["numbers"] = np.array([[float(features[name]) for name in self._numbers]], np.float32)
            if not np.isfinite(feeds["numbers"]).all():
                raise SystemFailed("a feature is too large a number for the model", code="model_failed")
        if self._texts:
            feeds["texts"] = np.array([[str(features[name]) for name in self._texts]], object)
        try:
            row = np.asarray(self._session.run(["probabilities"], feeds)[0][0], np.float64).reshape(-1)
        except Exception as error:  # onnxruntime raises types of its own, without a common base
            raise SystemFailed(f"the model cannot answer: {error}", code="model_failed") from error
        # A NaN fails the comparison too.
        if len(row) != len(self._outcomes) or not (row >= 0).all() or not abs(row.sum() - 1) <= SUM_TOLERANCE:
            raise SystemFailed("the model's answer is not one probability for each outcome", code="model_failed")
        return {outcome: float(value) for outcome, value in zip(self._outcomes, row, strict=True)}


def _session(data: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # One small model beside many others: threads and spinning would cost more than they bring.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise SystemFailed(
            f"the model cannot be loaded: {error}", code="model_broken", mend="train anew with `remit learn train`"
        ) from error
