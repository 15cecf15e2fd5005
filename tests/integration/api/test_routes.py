"""Every route: it names its door, and the OpenAPI document says what it does and shows an example of its answer."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from remit.api.app import ROUTES
from remit.identity.doors import DOORS

ROUTES_OF_V1 = [route for router in ROUTES for route in router.routes if isinstance(route, APIRoute)]


def name_of(route: Any) -> str:
    return f"{'/'.join(sorted(route.methods))} {route.path}"


OPEN = {"POST /session", "GET /session/oidc", "GET /session/oidc/callback"}
"""The ways to come in."""


@pytest.mark.parametrize("route", [each for each in ROUTES_OF_V1 if name_of(each) not in OPEN], ids=name_of)
def test_every_route_names_one_door(route: APIRoute) -> None:
    names = [str(getattr(each.call, "__name__", "")) for each in route.dependant.dependencies]
    doors = [name.removeprefix("door:") for name in names if name.startswith("door:")]
    assert len(doors) == 1
    assert doors[0] in DOORS


@pytest.mark.parametrize("route", ROUTES_OF_V1, ids=name_of)
def test_every_route_says_what_it_does_and_what_it_answers(route: APIRoute) -> None:
    """By an example, by a model whose fields are described, or by a status that has no body."""
    answer = route.responses.get(route.status_code or 200, {})
    assert route.description
    examples = [content.get("example") for content in answer.get("content", {}).values()]
    modelled = "BaseModel" in str(getattr(route.response_model, "__mro__", "")) or "api." in str(route.response_model)
    assert all(examples)
    assert examples or modelled or route.status_code in (204, 303)


def test_the_openapi_document_can_be_made(shared: Any) -> None:
    document = shared.get("/v1/openapi.json").json()
    operations = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert len(operations) == len(set(operations)) > 40


VERBS_WITHOUT_ROUTE = {"due": "time does it: a worker's chore"}


def test_every_verb_of_the_command_line_on_reviews_has_its_route() -> None:
    from remit.cli.reviews import app

    paths = {path.rsplit("/", 1)[-1] for path in (route.path for route in ROUTES_OF_V1)}
    named = {
        "list": "reviews",
        "show": "{review_id}",
        "stats": "statistics",
        "seed": "test-items",
        **dict.fromkeys(("approve", "reject", "edit", "ask", "snooze"), "decisions"),
        "assign": "assignment",
        "delegate": "delegations",
        "away": "absences",
        "arrangements": "arrangements",
    }
    verbs = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {verb for verb in verbs if named.get(verb, verb) not in paths} == set(VERBS_WITHOUT_ROUTE)
