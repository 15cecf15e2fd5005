"""The guide to the API names every problem with the status that it has, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

import remit.adapters.sql.database
import remit.api.app
import remit.service.calls.calls  # noqa: F401  every error is defined once all of it is imported
from remit.api.problems import status_of
from remit.core import errors
from remit.core.errors import RemitError, SystemFailed

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "guides" / "api.md").read_text("utf-8")
TABLE = dict(re.findall(r"^\| `([a-z_]+)` \| (\d{3}|as given) \|", GUIDE, re.MULTILINE))

NOT_OVER_HTTP = {
    *("settings", "database_url", "knowledge_folder", "home"),  # before anything is served
    *("event_type", "event_not_canonical", "key"),  # what only Remit itself says
    *("held", "under_way", "reason_names_subject"),  # erasure is a verb of the command line
    *("webhook_address", "webhook_secret", "webhook_not_verified"),  # what a sender or a receiver says to itself
    *(
        "error",
        "not_done",
        "index_gone",
        "document_erased",
        "policy.expression",
        "policy.record",
    ),  # caught where they are raised
}
OF_HTTP = {"no_such_route": "404", "method": "405", "http": "as given"}
"""What `remit.api.problems` says by itself, without an error of Remit's."""


def kinds(kind: type[RemitError] = RemitError) -> Iterator[type[RemitError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds(each)


def raised() -> Iterator[tuple[str, type[RemitError]]]:
    """Every code that an error is raised with outside of the command line, and its class."""
    known = {kind.__name__: kind for kind in kinds()}
    yield from ((kind.code, kind) for kind in known.values())
    for top in ("src/remit", "agents", "policies", "retrieval"):
        for file in sorted((ROOT / top).rglob("*.py")):
            if {"cli", "eval"} & set(file.relative_to(ROOT).parts):
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and (kind := known.get(ast.unparse(node.func))):
                    codes = [each.value for each in node.keywords if each.arg == "code"]
                    yield from ((code.value, kind) for code in codes if isinstance(code, ast.Constant))


def said_at_the_edge() -> Iterator[tuple[str, str]]:
    """Every problem that is answered without an error of ours, and its status. 503 needs no row: its code is free."""
    for file in sorted((ROOT / "src" / "remit" / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "problem" and len(node.args) > 1:
                status, code = node.args[:2]
                if isinstance(status, ast.Attribute) and isinstance(code, ast.Constant) and code.value != "http":
                    yield code.value, str(HTTPStatus[status.attr].value)


def expected() -> dict[str, str]:
    found = OF_HTTP | {code: status for code, status in said_at_the_edge() if status != "503"}
    for code, kind in raised():
        if not issubclass(kind, SystemFailed) and code not in NOT_OVER_HTTP:
            error = kind.__new__(kind)
            error.code = code
            found[code] = str(status_of(error).value)
    return found


def test_every_problem_is_in_the_table_with_its_status() -> None:
    assert {code: status for code, status in expected().items() if TABLE.get(code) != status} == {}


def test_nothing_is_in_the_table_that_is_never_said() -> None:
    assert sorted(TABLE.keys() - expected().keys()) == []


@pytest.mark.parametrize("code", sorted(NOT_OVER_HTTP))
def test_what_is_left_out_still_exists(code: str) -> None:
    assert code in {each for each, _ in raised()}


def test_a_failure_of_ours_is_503_whatever_its_code() -> None:
    assert {status_of(errors.SystemFailed("x", code=code)).value for code in ("disk_full", "anything")} == {503}
