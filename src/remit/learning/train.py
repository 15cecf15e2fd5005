"""Training a proposer from a pack's history: a small scikit-learn classifier, written as ONNX and named by its SHA-256.

The model sees the features that the pack lists, computed by the very function that serves decisions, and nothing else.
It is judged on a fifth of the rows that it never saw; which rows those are depends only on what is in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from remit.core.canonical import digest, sha256_hex
from remit.core.errors import InputError
from remit.learning.outcome_models import FeatureValue, inputs_of, model_named, onnx_of, table_of

HELD_OUT_EVERY = 5
SEED = 20260101
ROWS_MIN = 100


@dataclass(frozen=True)
class TrainingRow:
    """One past case: its features, and the outcome as text (booleans are ``true`` and ``false``)."""

    features: dict[str, FeatureValue]
    outcome: str


@dataclass(frozen=True)
class TrainedModel:
    """What training gives: the ONNX bytes with their digest, the card, and how the features are fed."""

    onnx: bytes
    sha256: str
    card: dict[str, Any]


def train(rows: Sequence[TrainingRow], features: Sequence[str], outcomes: Sequence[str], name: str) -> TrainedModel:
    """Fit, export, and judge on held-out rows.

    Two outcomes are learnt by a logistic regression over scaled numbers and one-hot texts, more by a random forest over
    the numbers as they are: small, well calibrated on tables of this size, and exactly exportable.

    Raises:
        InputError: too few rows, an outcome that never or hardly ever occurred, a number too large for a model.
    """
    if len(rows) < ROWS_MIN:
        raise InputError(f"{len(rows)} rows are too few to learn from", mend=f"give at least {ROWS_MIN}")
    missing = set(outcomes) - {row.outcome for row in rows}
    if missing:
        raise InputError(f"no row has the outcome {', '.join(sorted(missing))}", mend="mend the history or the pack")
    numbers, texts = inputs_of(rows[0].features, features)
    held_out = np.array([int(digest(row.features)[:8], 16) % HELD_OUT_EVERY == 0 for row in rows])
    table = table_of([row.features for row in rows], numbers, texts)
    # The classifier orders its classes by itself; integers keep the pack's order.
    labels = np.array([outcomes.index(row.outcome) for row in rows])

    rare = set(range(len(outcomes))) - set(labels[~held_out].tolist())
    if rare or not held_out.any():
        lacking = ", ".join(outcomes[index] for index in sorted(rare)) or "cases that differ"
        raise InputError(f"the history has too few rows to learn from and to judge by: {lacking}", mend="give more")
    pipeline = model_named("logistic" if len(outcomes) == 2 else "forest", len(numbers), len(texts), SEED)
    pipeline.fit(table[~held_out], labels[~held_out])
    judged = _judge(pipeline.predict_proba(table[held_out]), labels[held_out])
    pipeline.fit(table, labels)
    data = onnx_of(pipeline, len(numbers), len(texts), name)
    card = {
        "model": name,
        "kind": type(pipeline.steps[-1][1]).__name__,
        "features": {"numbers": numbers, "texts": texts},
        "outcomes": list(outcomes),
        "rows": len(rows),
        "rows_held_out": int(held_out.sum()),
        "held_out": judged,
        "data_sha256": digest([[row.features, row.outcome] for row in rows]),
        "seed": SEED,
        "sha256": sha256_hex(data),
    }
    return TrainedModel(data, sha256_hex(data), card)


def _judge(probabilities: Any, labels: Any) -> dict[str, str]:
    """Held-out accuracy, log loss and Brier score, as decimal texts: a card is hashed and compared."""
    rows = np.arange(len(labels))
    hit = (probabilities.argmax(axis=1) == labels).mean()
    loss = -np.log(np.clip(probabilities[rows, labels], 1e-9, 1.0)).mean()
    wanted = np.zeros_like(probabilities)
    wanted[rows, labels] = 1.0
    brier = ((probabilities - wanted) ** 2).sum(axis=1).mean()
    return {"accuracy": f"{hit:.4f}", "log_loss": f"{loss:.4f}", "brier": f"{brier:.4f}"}
