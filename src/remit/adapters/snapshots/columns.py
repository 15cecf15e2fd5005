"""The columns of a snapshot's Parquet file. An empty record is no column: Parquet has none without fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from remit.learning.snapshot import Kind, Shape

_MOMENT = pa.timestamp("us", "UTC")
_KINDS: dict[Kind, Any] = {"bool": pa.bool_(), "int": pa.int64(), "double": pa.float64(), "string": pa.string()}
_REVIEWER = pa.struct([("id", pa.string()), ("choice", pa.string()), ("saw_model", pa.bool_())])


def decided(shape: Shape) -> Any:
    """The schema of what was decided, before outcomes are joined."""
    return pa.schema(_present(_decided(shape)))


def arrived(shape: Shape) -> Any:
    """The schema of what was reported."""
    return pa.schema(
        [
            ("of", pa.string()),
            ("outcome", pa.string()),
            ("outcome_at", _MOMENT),
            ("arrived_at", _MOMENT),
            ("rewards", _by_action(shape)),
        ]
    )


def finished(shape: Shape, metadata: Mapping[bytes, bytes]) -> Any:
    """The schema of a snapshot's file."""
    joined = [(field.name, field.type) for field in arrived(shape) if field.name != "of"]
    labels = [("reward", pa.float64()), ("matured", pa.bool_()), ("label", pa.string()), ("late", pa.bool_())]
    return pa.schema(_present([*_decided(shape), *joined, *labels]), metadata=dict(metadata))


def filled(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it was written: with the records that are no columns."""
    for name in ("features", "protected"):
        row.setdefault(name, {})
    return row


def _decided(shape: Shape) -> list[tuple[str, Any]]:
    return [
        ("decision_id", pa.string()),
        ("decided_at", _MOMENT),
        ("event_at", _MOMENT),
        ("known_at", _MOMENT),
        ("stage", pa.string()),
        ("features", pa.struct([(name, _KINDS[kind]) for name, kind in shape.features.items()])),
        ("protected", pa.struct([(name, pa.string()) for name in shape.protected])),
        ("permitted", pa.list_(pa.string())),
        ("probabilities", _by_action(shape)),
        ("seed", pa.string()),
        ("proposed", pa.string()),
        ("executed", pa.string()),
        ("changed_by", pa.string()),
        ("propensity", pa.float64()),
        ("confidence", pa.float64()),
        ("proposer", pa.string()),
        ("automated", pa.bool_()),
        ("audit", pa.bool_()),
        ("audit_probability", pa.float64()),
        ("reviewers", pa.list_(_REVIEWER)),
        ("pack_sha256", pa.string()),
        ("policy_sha256", pa.string()),
        ("model_sha256", pa.string()),
        ("quarantine", pa.string()),
    ]


def _by_action(shape: Shape) -> Any:
    return pa.struct([(action, pa.float64()) for action in shape.actions])


def _present(columns: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [(name, kind) for name, kind in columns if not pa.types.is_struct(kind) or kind.num_fields]
