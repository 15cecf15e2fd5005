"""What the OpenAPI document says that no route says for itself: the problems of each status, and links."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI

from remit.api.app import bare_app
from remit.api.document import operations_of
from remit.api.refusals import BESIDES, refusals_of
from remit.settings import Settings

Named = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return bare_app(Settings(home=tmp_path_factory.mktemp("document")))


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


@pytest.fixture(scope="module")
def operations(document: dict[str, Any]) -> Named:
    return {(method, path): operation for method, path, operation in operations_of(document)}


def test_no_operation_refuses_with_whatever_it_likes(operations: Named) -> None:
    assert len(operations) > 85
    assert [name for name, each in operations.items() if set(each["responses"]) & {"default", "4XX", "5XX"}] == []


def test_every_refusal_that_is_declared_is_a_problem_of_that_status(document: dict[str, Any]) -> None:
    wrong = []
    for method, path, operation in operations_of(document):
        for status in (each for each in operation["responses"] if each >= "400"):
            said = operation["responses"][status]
            problem = document["components"]["responses"][f"Problem{status}"]
            is_ours = said == {"$ref": f"#/components/responses/Problem{status}"}
            if not is_ours and set(said["content"]) != set(problem["content"]):
                wrong.append((method, path, status))
    assert wrong == []


def test_what_is_declared_besides_belongs_to_an_operation_and_follows_from_nothing_else(operations: Named) -> None:
    assert set(BESIDES) <= set(operations)
    for (method, path), statuses in BESIDES.items():
        elsewhere = refusals_of(method, f"{path}?", operations[method, path])
        assert statuses.isdisjoint(elsewhere), (method, path)


TAKES = {
    "nothing": ("GET", {}, {421, 429, 431, 500, 503, 504}),
    "who asks": ("GET", {"security": [{"apiKey": []}]}, {401, 403}),
    "an id": ("GET", {"parameters": [{"in": "path", "name": "id"}]}, {404, 422}),
    "a filter": ("GET", {"parameters": [{"in": "query", "name": "state"}]}, {400, 422}),
    "a change": ("POST", {}, {400, 408, 409, 413, 415}),
    "a body": ("POST", {"requestBody": {}}, {404, 422}),
    "a version": ("POST", {"parameters": [{"in": "header", "name": "if-match"}]}, {412, 428}),
}


@pytest.mark.parametrize(("method", "operation", "refused"), TAKES.values(), ids=TAKES)
def test_what_an_operation_takes_says_what_it_may_refuse(
    method: str, operation: dict[str, Any], refused: set[int]
) -> None:
    assert refused <= refusals_of(method, "/v1/things", operation)


def test_an_operation_that_takes_nothing_declares_none_of_the_rest() -> None:
    always = TAKES["nothing"][2]
    assert refusals_of("GET", "/v1/things", {}) == always
    assert refusals_of("GET", "/healthz", {}) == {500, 504}


def test_an_answer_leads_to_what_it_names(operations: Named) -> None:
    links = operations["POST", "/v1/decisions"]["responses"]["202"]["links"]
    assert links == {
        "read_v1_decisions__decision_id__get": {
            "operationId": "read_v1_decisions__decision_id__get",
            "parameters": {"decision_id": "$response.body#/decision_id"},
        }
    }
    assert "links" not in operations["GET", "/v1/decisions/{decision_id}"]["responses"]["200"]


def test_every_link_leads_to_an_operation(operations: Named) -> None:
    ids = {each["operationId"] for each in operations.values()}
    led = {
        name for each in operations.values() for said in each["responses"].values() for name in said.get("links", ())
    }
    assert len(led) >= 5
    assert led <= ids


def test_the_document_is_worked_out_once(app: FastAPI, document: dict[str, Any]) -> None:
    assert app.openapi() is document
