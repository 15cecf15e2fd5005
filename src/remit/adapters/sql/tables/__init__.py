"""Every table there is. Importing this module makes `metadata` complete; the migrations must agree with it."""

from sqlmodel import SQLModel

from remit.adapters.sql.tables import decisions, knowledge, ledger, policy_changes, subjects, usage, webhooks, worker

__all__ = ["decisions", "knowledge", "ledger", "metadata", "policy_changes", "subjects", "usage", "webhooks", "worker"]

metadata = SQLModel.metadata
