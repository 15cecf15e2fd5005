"""Answers as the OpenAPI document shows them."""

from __future__ import annotations

from typing import Any

from remit.api.described import answers

_RESULT: dict[str, Any] = {
    "decision_id": "01M832VBTANGPPSM8E6ND743RG",
    "decision": "credit.application",
    "status": "executed",
    "action": {"name": "approve", "args": {"amount_cents": 131100}},
    "confidence": 0.83,
    "propensity": 1.0,
    "reasons": ["The expected reward is the highest."],
    "verdict": {"effect": "allow", "findings": [], "obligations": []},
    "evidence": [],
    "case_quality": "ok",
    "receipt": {"seq": 7, "leaf_sha256": "5c0c2e7f6f4d0f6bb5e9a3a4b9f3c0a1d2e3f405162738495a6b7c8d9e0f1a2b"},
    "timings_ms": {"total": 21.4},
}
_WAITING = {**_RESULT, "status": "received", "action": None, "confidence": None, "propensity": None, "reasons": []}


def example(
    description: str, content: Any, *, headers: dict[str, str] | None = None, at_times: tuple[str, ...] = ()
) -> dict[str, Any]:
    """A response of JSON, by an example."""
    return answers(description, content, headers=headers, at_times=at_times)[200]


DECIDED = example("A decision.", _RESULT, headers={"Location": "Where it is found.", "Idempotent-Replayed": "`true`."})
ACCEPTED = example(
    "Under way: accepted, taking longer, or waiting for a person.",
    {**_WAITING, "verdict": None, "receipt": None, "timings_ms": {}},
    headers={"Location": "Where to look.", "Retry-After": "When, in seconds.", "Preference-Applied": "What was done."},
)
NOT_MODIFIED: dict[str, Any] = {"description": "The caller has it already."}
