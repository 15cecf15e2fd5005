"""Which problems an operation may answer with, by what it takes: declared for each status, and nowhere else.

A status that is not declared here is one that callers need not expect; the tests hold every answer against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

PROBLEM = "application/problem+json"
TYPE_PREFIX = "urn:remit:problem:"
"""What a problem's `type` begins with; the error's code follows. The codes are listed in docs/guides/api.md."""

_MEANS: dict[int, str] = {
    400: "What was sent cannot be understood; `detail` says where.",
    401: "Nobody has proved who is asking.",
    403: "Whoever asks may not.",
    404: "There is no such thing, or it is not the asker's.",
    408: "The body took too long.",
    409: "Not as things stand: somebody else was first, or the answer is no.",
    410: "The case was erased.",
    412: "The thing has moved since the version in `If-Match`.",
    413: "Too many bytes, or too many rows.",
    415: "A body of a kind that is not taken.",
    421: "Nothing is served under this name.",
    422: "The request does not fit its schema, or what it names does not fit together.",
    428: "`If-Match` is missing.",
    429: "Too many requests.",
    431: "The head of the request is too large.",
    500: "A fault of ours; the operator was told.",
    503: "A failure of ours or of the machine; nothing is half done.",
    504: "No answer in time; what was begun goes on.",
}

_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "How to say who one is."},
    429: {"Retry-After": "When to come again, in seconds."},
    503: {"Retry-After": "When to come again, in seconds."},
}
"""What a refusal of that status always says."""

_HEALTH = {"/healthz": {500, 504}, "/readyz": {500, 503, 504}}
"""They are asked by machines of the house, which no limit and no door stops."""

_ALWAYS = {421, 429, 431, 500, 503, 504}
_OF_CHANGES = {400, 408, 409, 413, 415}
"""A body that nobody asked for is looked at as well."""

BESIDES: dict[tuple[str, str], set[int]] = {
    ("GET", "/v1/decisions"): {404},
    ("POST", "/v1/decisions/{decision_id}/outcomes"): {410},
    ("GET", "/v1/reviews"): {404},
    ("GET", "/v1/keys"): {404},
    ("GET", "/v1/search"): {404},
    ("GET", "/v1/policies/changes"): {404},
    ("GET", "/v1/checkpoint"): {404},
    ("GET", "/v1/ledger/proof"): {404},
    ("GET", "/v1/learning/status"): {404},
    ("GET", "/v1/learning/kpis"): {404},
    ("GET", "/v1/learning/drift"): {404},
    ("GET", "/v1/learning/snapshots/{sha256}"): {400},
    ("GET", "/v1/learning/snapshots/{sha256}/check"): {400},
    ("GET", "/v1/session/oidc"): {404},
    ("GET", "/v1/session/oidc/callback"): {404, 409},
}
"""What an operation answers with besides, which what it takes does not tell."""


def declare_refusals(document: dict[str, Any], operations: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Declare in a document, for each of its operations, the problems that it may answer with."""
    for method, path, operation in operations:
        responses = operation["responses"]
        responses.pop("default", None)
        for status in sorted(refusals_of(method, path, operation)):
            responses.setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})
    document["components"]["responses"] = {_name(status): _response(status) for status in _MEANS}
    document["components"]["schemas"]["Problem"] = _PROBLEM


def refusals_of(method: str, path: str, operation: dict[str, Any]) -> set[int]:
    """The statuses of the problems that an operation may answer with."""
    if path in _HEALTH:
        return _HEALTH[path]
    found = _ALWAYS | BESIDES.get((method, path), set())
    taken = {each["in"] for each in operation.get("parameters", ())}
    if operation.get("security"):
        found |= {401, 403}
    if method != "GET":
        found |= _OF_CHANGES
    if taken - {"path"}:
        found |= {400, 422}
    if "path" in taken:
        found |= {404, 422}
    if "requestBody" in operation:
        found |= {404, 422}
    if any(each["name"].lower() == "if-match" for each in operation.get("parameters", ())):
        found |= {412, 428}
    return found


def _name(status: int) -> str:
    return f"Problem{status}"


def _response(status: int) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    declared: dict[str, Any] = {
        "description": _MEANS[status],
        "content": {
            PROBLEM: {
                "schema": {
                    "allOf": [
                        {"$ref": "#/components/schemas/Problem"},
                        {"properties": {"status": {"const": status}, "title": {"const": title}}},
                    ]
                }
            }
        },
    }
    if status in _HEADERS:
        declared["headers"] = {
            name: {"description": text, "required": True, "schema": {"type": "string"}}
            for name, text in _HEADERS[status].items()
        }
    return declared


_PROBLEM: dict[str, Any] = {
    "description": "A problem (RFC 9457). Members of its own may come beside these.",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "pattern": f"^{TYPE_PREFIX}[a-z_]+$", "examples": [f"{TYPE_PREFIX}not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "mend": {"type": "string"},
        "nothing_done": {"type": "boolean", "description": "With 503: whether it is certain that nothing was done."},
    },
}
