"""The OpenAPI document: what FastAPI makes of the routes, and what no route says for itself, refusals and links."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI

from remit.api.described import JSON
from remit.api.refusals import declare_refusals

Document = dict[str, Any]


def describe_in_full(app: FastAPI) -> None:
    """Let an application's document declare each status that a route may refuse with, and which answer leads where."""
    # FastAPI's own way to extend it: https://fastapi.tiangolo.com/how-to/extending-openapi/
    app.openapi = _in_full(app.openapi)  # type: ignore[method-assign]


def _in_full(plain: Callable[[], Document]) -> Callable[[], Document]:
    """It is worked out once: the routes of the application do not change."""
    full: list[Document] = []

    def openapi() -> Document:
        if not full:
            document = plain()
            operations = list(operations_of(document))
            declare_refusals(document, operations)
            _declare_links(document, operations)
            full.append(document)
        return full[0]

    return openapi


Operation = tuple[str, str, dict[str, Any]]
"""A method in capitals, a path, and what the document says of the two."""


def operations_of(document: Document) -> Iterator[Operation]:
    """Every operation of a document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _declare_links(document: Document, operations: list[Operation]) -> None:
    """An answer that names a thing by its id leads to the operation that shows that thing."""
    shown = {_shown_by(path): operation for method, path, operation in operations if method == "GET"}
    for _, _, operation in operations:
        for status, response in operation["responses"].items():
            names = _names_in(document, response) if status.startswith("2") else ()
            links = {
                shown[name]["operationId"]: {
                    "operationId": shown[name]["operationId"],
                    "parameters": {name: f"$response.body#/{name}"},
                }
                for name in names
                if name.endswith("_id") and name in shown and shown[name] is not operation
            }
            if links:
                response["links"] = links


def _shown_by(path: str) -> str:
    """What a path ends with when that is its only parameter; else nothing."""
    before, _, last = path.rpartition("/{")
    return last.removesuffix("}") if last.endswith("}") and "{" not in before else ""


def _names_in(document: Document, response: dict[str, Any]) -> list[str]:
    schema = response.get("content", {}).get(JSON, {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return list((document["components"]["schemas"][name] if name else schema).get("properties", {}))
