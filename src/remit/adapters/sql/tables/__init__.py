"""Every table there is. Importing this module makes `metadata` complete; the migrations must agree with it."""

from sqlmodel import SQLModel

from remit.adapters.sql.tables import (
    calls,
    chat,
    decisions,
    identity,
    knowledge,
    ledger,
    models,
    outcomes,
    policy_changes,
    snapshots,
    subjects,
    trainings,
    trials,
    usage,
    watches,
    webhooks,
    worker,
)

__all__ = [
    "calls",
    "chat",
    "decisions",
    "identity",
    "knowledge",
    "ledger",
    "metadata",
    "models",
    "outcomes",
    "policy_changes",
    "snapshots",
    "subjects",
    "trainings",
    "trials",
    "usage",
    "watches",
    "webhooks",
    "worker",
]

metadata = SQLModel.metadata
