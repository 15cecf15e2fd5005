"""Whatever the OpenAPI document suggests, and whatever it forbids, is answered as the document says."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel
from tests.security.conftest import SECONDS
from tests.security.swarm import Found, swarm, the_desk

from remit.api.app import ROUTES

CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
    "use_after_free",
}
BODIES = [
    (route, field.field_info.annotation)
    for router in ROUTES
    for route in router.routes
    if isinstance(route, APIRoute)
    for field in route.dependant.body_params
]


@pytest.fixture(autouse=True)
def streams_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("remit.api.decision_events.STREAM_SECONDS_MAX", 0.1)
    monkeypatch.setattr("remit.api.answering.STREAM_SECONDS_MAX", 0.1)


def nothing_was_wrong(found: Found) -> None:
    assert found.failures == {}, found.told()
    assert found.errors == [], found.told()
    assert set(found.checks) >= CHECKS
    assert not any(status >= 500 for status in found.statuses)


def test_every_operation_answers_as_it_is_described(tmp_path: Path) -> None:
    with the_desk(tmp_path) as engine:
        found = swarm(engine, seed=1, examples=1, phases=("examples", "coverage"))
    nothing_was_wrong(found)
    assert len(found.operations) > 85


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_long_swarm_finds_nothing(
    kind: str, seed: int, tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else None
    phases = ("examples", "coverage", "fuzzing", "stateful")
    with the_desk(tmp_path, url) as engine:
        found = swarm(engine, seed=seed, examples=200, seconds=SECONDS, phases=phases)
    with capsys.disabled():
        print(
            f"\n{kind}, seed {seed}: {len(found.operations)} operations, {found.cases} requests: {dict(found.phases)}"
        )
        print(f"  answers: {dict(sorted(found.statuses.items()))}")
        print(f"  checks: {dict(sorted(found.checks.items()))}, {len(found.failures)} failed", flush=True)
    nothing_was_wrong(found)
    assert set(found.phases) >= set(phases)


@pytest.mark.parametrize(("route", "body"), BODIES, ids=[route.path for route, _ in BODIES])
def test_a_body_is_taken_at_its_word(route: APIRoute, body: object) -> None:
    kinds = body.__args__ if hasattr(body, "__args__") else (body,)
    for kind in kinds:
        assert issubclass(kind, BaseModel)
        assert kind.model_config.get("extra") == "forbid"
        assert kind.model_config.get("strict") is True
