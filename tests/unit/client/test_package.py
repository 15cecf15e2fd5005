"""What comes with the client, and what does not."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from remit.client import AsyncClient, Client
from remit.client.aio import AsyncBatches, AsyncPolicies, AsyncReviews
from remit.client.sync import Batches, Policies, Reviews

HEAVY = ("chromadb", "fastapi", "langgraph", "numpy", "onnxruntime", "pydantic", "sqlalchemy", "torch")


def test_an_app_that_imports_the_client_loads_nothing_of_the_engine() -> None:
    script = f"import remit.client, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _operations(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")} - {"close"}


@pytest.mark.parametrize(
    ("waiting", "awaited"),
    [(Client, AsyncClient), (Batches, AsyncBatches), (Reviews, AsyncReviews), (Policies, AsyncPolicies)],
)
def test_both_clients_have_the_same_operations(waiting: type, awaited: type) -> None:
    assert _operations(waiting) == _operations(awaited)


@pytest.mark.parametrize("kind", [Client, Batches, Reviews, Policies, AsyncClient])
def test_every_operation_is_explained(kind: type) -> None:
    assert [name for name in _operations(kind) if not inspect.getdoc(inspect.getattr_static(kind, name))] == []
