"""Who may do what: every route of the application against the one table of doors, cell by cell.

The routes are the application's own: one that is added later is tested here without a word, and one that names no door
fails. Requests are empty, so that a door that opens leads to a complaint about what is missing, and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from tests.integration.api.conftest import desk_engine
from tests.integration.api.signed_in import SITE, browser, key_of, person, real_app, sign_in
from tests.integration.conftest import LARGE, SMALL

from remit.core.words import Actor
from remit.identity.doors import DOORS, SCOPES
from remit.identity.principal import ROLES, Principal, Role
from remit.service.calls.batches import hand_in
from remit.service.chat.ask import ask as ask_in_words
from remit.wiring import Engine

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/v1/openapi.json"),
    ("POST", "/v1/session"),
    ("GET", "/v1/session/oidc"),
    ("GET", "/v1/session/oidc/callback"),
}
"""What needs no door: is it alive, what can be asked, and the ways to come in."""

CASE = {"request_id": "R-1", "kind": "payment", "topic": "none", "divisor": 1, "parts": 1, "amount_cents": SMALL}
ANOTHER = Actor("somebody-else", "app", ("app", "clerk"))
FORBIDDEN, UNKNOWN = "urn:remit:problem:forbidden", "urn:remit:problem:unauthenticated"


@dataclass(frozen=True)
class Route:
    """A route, with the doors that it names."""

    method: str
    path: str
    doors: tuple[str, ...]

    @property
    def parameters(self) -> list[str]:
        return [name.partition(":")[0] for name in re.findall(r"{([^}]+)}", self.path)]

    def at(self, value: str = "0") -> str:
        return re.sub(r"{[^}]+}", value, self.path)

    def is_open_to(self, role: Role) -> bool:
        return all(role in DOORS[name].roles for name in self.doors)

    def is_ones_own_to(self, role: Role) -> bool:
        return any(DOORS[name].roles.get(role) == "own" for name in self.doors)


def routes_of(app: FastAPI) -> list[Route]:
    """Every route of the application."""
    found = []
    for context in iter_route_contexts(app.routes):
        doors = tuple(_doors_in(context.dependant)) if hasattr(context, "dependant") else ()
        found += [Route(method, str(context.path), doors) for method in sorted((context.methods or set()) - {"HEAD"})]
    return found


def _doors_in(dependant: Any) -> Iterator[str]:
    for each in dependant.dependencies:
        name = getattr(each.call, "__name__", "")
        if name.startswith("door:"):
            yield name.removeprefix("door:")
        yield from _doors_in(each)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    # Nobody knocks so often that knocking is what they are refused for.
    with desk_engine(tmp_path_factory.mktemp("doors"), rate_per_minute=0, stranger_rate_per_minute=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(engine: Engine) -> FastAPI:
    return real_app(engine)


@pytest.fixture(scope="module")
def closed(app: FastAPI) -> list[Route]:
    """The routes that name a door."""
    return [route for route in routes_of(app) if route.doors]


@pytest.fixture(scope="module")
def keys(engine: Engine, app: FastAPI) -> dict[Role, str]:
    """A key for every scope, of somebody in each role and no other."""
    for role in ROLES:
        if role != "app":
            person(engine, _name(role), role)
    return {role: key_of(engine, _name(role), roles=["clerk"] if role == "app" else []) for role in ROLES}


@pytest.fixture(scope="module")
def ask(app: FastAPI) -> Iterator[Callable[..., Any]]:
    """Ask a route, with a key or without."""
    with TestClient(app, base_url=SITE, raise_server_exceptions=False) as client:

        def asked(route: Route, key: str | None, value: str = "0") -> Any:
            client.cookies.clear()
            headers = {} if key is None else {"Authorization": f"Bearer {key}".encode()}
            body = {} if route.method in ("POST", "PUT", "PATCH") else None
            return client.request(route.method, route.at(value), json=body, headers=headers, follow_redirects=False)

        yield asked


def _name(role: Role) -> str:
    return role.replace("_", "-") + "-1"


def _type(answer: Any) -> str:
    is_problem = answer.headers.get("Content-Type", "").startswith("application/problem+json")
    return str(answer.json()["type"]) if is_problem else ""


def test_every_route_names_a_door_or_is_on_the_short_list(app: FastAPI) -> None:
    without = {(route.method, route.path) for route in routes_of(app) if not route.doors}
    assert without == OPEN


def test_the_table_has_not_shrunk_to_nothing(closed: list[Route]) -> None:
    assert len(closed) >= 18


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_doors_and_no_others(
    role: Role, closed: list[Route], keys: dict[Role, str], ask: Callable[..., Any]
) -> None:
    wrong = []
    for route in closed:
        answer = ask(route, keys[role])
        opened = answer.status_code != 401 and _type(answer) != FORBIDDEN
        shut = (answer.status_code, _type(answer)) == (403, FORBIDDEN)
        if not (opened if route.is_open_to(role) else shut):
            wrong.append((route, answer.status_code, answer.text[:200]))
    assert wrong == []


@pytest.mark.parametrize("presented", [None, "", "Bearer", "remit_0_0", "é"], ids=str)
def test_nobody_opens_a_door(presented: str | None, closed: list[Route], ask: Callable[..., Any]) -> None:
    answers = [(route, ask(route, presented)) for route in closed]
    assert [(route, answer.text) for route, answer in answers if answer.status_code != 401] == []
    assert {_type(answer) for _, answer in answers} == {UNKNOWN}
    assert all("WWW-Authenticate" in answer.headers for _, answer in answers)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_without_the_scope_opens_no_door_of_it(
    scope: str, engine: Engine, closed: list[Route], keys: dict[Role, str], ask: Callable[..., Any]
) -> None:
    wrong = []
    for role in ROLES:
        lacking = key_of(engine, _name(role), [each for each in SCOPES if each != scope])
        mine = [route for route in closed if route.is_open_to(role) and DOORS[route.doors[0]].scope == scope]
        answers = [(route, ask(route, lacking)) for route in mine]
        wrong += [(route, answer.text) for route, answer in answers if _type(answer) != FORBIDDEN]
    assert wrong == []


def test_a_session_opens_what_its_roles_open(app: FastAPI, closed: list[Route], keys: dict[Role, str]) -> None:
    with browser(app) as client:
        sign_in(client, _name("auditor"))
        reading = [route for route in closed if route.method == "GET"]
        shut = {route for route in reading if _type(client.get(route.at())) == FORBIDDEN}
    assert shut == {route for route in reading if not route.is_open_to("auditor")}


def test_who_is_admin_is_nothing_else(engine: Engine, closed: list[Route], ask: Callable[..., Any]) -> None:
    """Even where the stored roles say so, which no operation writes."""
    person(engine, "both", "analyst", "reviewer", "auditor")
    key = key_of(engine, "both")
    with engine.database.write() as connection:
        connection.exec_driver_sql("UPDATE account SET roles = '[\"admin\",\"analyst\"]' WHERE name = 'both'")
    opened = {route for route in closed if _type(ask(route, key)) != FORBIDDEN}
    assert opened == {route for route in closed if route.is_open_to("admin")}


def _a_decision(engine: Engine) -> str:
    made = engine.decide("desk", CASE, ANOTHER)
    return str(made["decision_id"])


def _a_session(engine: Engine) -> str:
    person(engine, "somebody", "reviewer")
    with browser(real_app(engine)) as client:
        sign_in(client, "somebody")
        return str(client.get("/v1/session").json()["credential"])


def _a_review(engine: Engine) -> str:
    waiting = {**CASE, "request_id": "R-2", "amount_cents": LARGE}
    made = engine.decide("desk", waiting, ANOTHER)
    return str(made["review_id"])


def _a_batch(engine: Engine) -> str:
    pack = engine.ensure_indexed("desk", ANOTHER)
    decision = engine.services.decision(pack, None)
    batch = hand_in(engine.services, engine.store, "desk", decision, [CASE], ANOTHER, request_key="b", content="b")
    return batch.id


def _a_conversation(engine: Engine) -> str:
    somebody = Principal("somebody-else", "app", ("app",), "key-of-somebody-else")
    return ask_in_words(engine.chat, somebody, "help").conversation_id


def _a_run(engine: Engine) -> str:
    somebody = Principal("somebody-else", "app", ("app",), "key-of-somebody-else")
    return ask_in_words(engine.chat, somebody, "help").run_id


THINGS: dict[str, Callable[[Engine], str]] = {
    "decision_id": _a_decision,
    "review_id": _a_review,
    "batch_id": _a_batch,
    "session_id": _a_session,
    "conversation_id": _a_conversation,
    "run_id": _a_run,
}
"""How a thing of somebody else's is made, by the name that routes give its id. Another name needs a line."""


def test_what_is_anothers_own_does_not_exist(
    engine: Engine, closed: list[Route], keys: dict[Role, str], ask: Callable[..., Any]
) -> None:
    made = {name: make(engine) for name, make in THINGS.items()}
    wrong = []
    for route in closed:
        for role in ROLES:
            if not (route.parameters and route.is_ones_own_to(role)):
                continue
            assert route.parameters[0] in THINGS, f"say in THINGS how somebody else's {route.parameters[0]} is made"
            answer = ask(route, keys[role], made[route.parameters[0]])
            # What is asked for in a body is asked first: that what was sent does not fit says nothing of the thing.
            unsaid = answer.status_code in (422, 428) and route.method != "GET"
            if answer.status_code != 404 and not unsaid:
                wrong.append((route, role, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_what_is_anothers_exists_for_whom_it_is_open(
    engine: Engine, keys: dict[Role, str], ask: Callable[..., Any]
) -> None:
    """The other half of the test above: the thing is there."""
    route = Route("GET", "/v1/decisions/{decision_id}", ("decisions.read",))
    assert ask(route, keys["auditor"], _a_decision(engine)).status_code == 200
