from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from remit.approvals.review import Review
from remit.core.words import ApprovalTerms


@pytest.fixture
def make() -> Callable[..., Review]:
    """A review that two officers and an auditor have to approve."""

    def build(**changes: Any) -> Review:
        usual: dict[str, Any] = {
            "id": "R",
            "decision_id": "D",
            "version": 1,
            "state": "open",
            "action_digest": "digest",
            "policy_sha256": "policy",
            "evidence_root": "root",
            "terms": (ApprovalTerms("officer", 2), ApprovalTerms("auditor", 1)),
            "requested_by": "ana",
            "opened_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        }
        return Review(**{**usual, **changes})

    return build
