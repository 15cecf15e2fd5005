"""schemathesis over the whole OpenAPI document of the real application: real engine, real keys of every role."""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from tests.integration.api.conftest import desk_engine
from tests.integration.api.signed_in import key_of, person, real_app
from tests.integration.api.test_authorisation import Route, routes_of

from remit.core.errors import Unauthenticated
from remit.identity.principal import ROLES, Role
from remit.wiring import Engine

REFUSALS = [str(status) for status in range(400, 500)]
"""How a request may be turned down. What fits the schema may still be refused: for the pack's contract, or for the
state that a thing is in. What does not fit it must be."""


@dataclass
class Found:
    """What a run has come across."""

    operations: set[str] = field(default_factory=set)
    cases: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def told(self) -> str:
        return "\n\n".join([*self.failures.values(), *self.errors])


@contextlib.contextmanager
def the_desk(folder: Path, url: str | None = None) -> Iterator[Engine]:
    """An engine with decisions of every kind in it; nobody is asked to be patient."""
    unhurried = {"rate_per_minute": 0, "stranger_rate_per_minute": 0}
    unhurried |= {"decide_wait_seconds": 5, "decide_wait_seconds_max": 5}
    with desk_engine(folder, database_url=url, **unhurried) as engine:
        yield engine


def swarm(engine: Engine, *, seed: int, examples: int, seconds: int | None = None, phases: tuple[str, ...]) -> Found:
    """Ask every operation of the application whatever its schema suggests, and what it forbids."""
    app = real_app(engine)
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app, config=_config(seed, examples, seconds, phases))
    _Keys.engine, _Keys.made = engine, {}
    _Keys.roles = {(each.method, each.path.replace(":path", "")): _role(each) for each in routes_of(app) if each.doors}
    schema.auth(refresh_interval=None)(_Keys)
    found = Found()
    for event in from_schema(schema).execute():
        _note(found, event)
    return found


def _config(seed: int, examples: int, seconds: int | None, phases: tuple[str, ...]) -> SchemathesisConfig:
    said: dict[str, Any] = {
        "seed": seed,
        "suppress-health-check": ["all"],
        "generation": {"mode": "all", "max-examples": examples, "database": "none"},
        "phases": {each: {"enabled": each in phases} for each in ("examples", "coverage", "fuzzing", "stateful")},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSALS]},
            "negative_data_rejection": {"expected-statuses": REFUSALS},
        },
        "max-redirects": 0,
        "cache": {"enabled": False},
    }
    if seconds is not None:
        said["max-time"] = seconds
    return SchemathesisConfig.from_dict(said)


class _Keys:
    """Gives each operation the key of somebody whom its door is open to; a new one when the swarm revoked it."""

    engine: Engine
    roles: dict[tuple[str, str], Role]
    made: dict[Role, str]

    def get(self, case: Any, _context: Any) -> str | None:
        role = self.roles.get((case.operation.method.upper(), case.operation.path))
        return None if role is None else self._of(role)

    def set(self, case: Any, data: str, _context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}

    def _of(self, role: Role) -> str:
        with contextlib.suppress(KeyError, Unauthenticated):
            if role in self.engine.authenticator.by_key(self.made[role]).roles:
                return self.made[role]
        name = f"{role.replace('_', '-')}-{next(_numbers)}"
        if role != "app":
            person(self.engine, name, role, *_WITH.get(role, ()))
        self.made[role] = key_of(self.engine, name, roles=["clerk"] if role == "app" else [])
        return self.made[role]


_numbers = itertools.count(1)
_WITH: dict[Role, tuple[str, ...]] = {"analyst": ("clerk",), "reviewer": ("officer",)}
"""The roles of the desk's own that people need besides to have something to do."""


def _role(route: Route) -> Role:
    return next(role for role in ROLES if route.is_open_to(role))


def _note(found: Found, event: Any) -> None:
    match event:
        case events.ScenarioFinished() | events.FuzzScenarioFinished():
            recorder = event.recorder
            found.cases += len(recorder.interactions)
            phase = event.phase.value if isinstance(event, events.ScenarioFinished) else "fuzzing"
            found.phases[phase] += len(recorder.interactions)
            for case_id, interaction in recorder.interactions.items():
                case = recorder.cases[case_id].value
                found.operations.add(case.operation.label)
                if interaction.response is not None:
                    found.statuses[interaction.response.status_code] += 1
            for case_id, checks in recorder.checks.items():
                for check in checks:
                    found.checks[check.name] += 1
                    if check.failure_info is not None:
                        case = recorder.cases[case_id].value
                        failure = check.failure_info.failure
                        name = f"{check.name}: {case.operation.label}: {failure.title}"
                        found.failures.setdefault(
                            name, f"{name}\n{failure.message}\n{check.failure_info.code_sample}"[:3000]
                        )
        case events.NonFatalError():
            found.errors.append(f"{event.label}: {event.value!r}"[:2000])
        case events.FatalError():
            found.errors.append(f"fatal: {event.exception!r}")
        case _:
            pass
