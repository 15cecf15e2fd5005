"""The console script itself, of an interpreter that is started anew; and the forked command is no different from it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson
import pytest

if TYPE_CHECKING:
    from conftest import Remit

Case = Callable[..., dict[str, Any]]

# One verb of each family; nothing of what they print differs from run to run.
LONG = [
    pytest.param(arguments, marks=pytest.mark.soak)
    for arguments in ("search credit guarantor", "replay --all", "pack check credit", "policy schema", "reviews list")
]
SAME = ["--version", "decid credit", "ledger verify --json", "worker --concurrency many", *LONG]


@pytest.mark.parametrize("arguments", SAME)
def test_it_answers_as_the_forked_command_does(remit: Remit, arguments: str) -> None:
    assert remit.anew()(*arguments.split()) == remit(*arguments.split())


def test_a_case_is_decided_approved_explained_and_verified(own: Remit, case: Case) -> None:
    remit = own.anew()
    waiting = remit("decide", "credit", "--case", "-", "--json", stdin=orjson.dumps(case(amount_cents=900_000)))
    assert (waiting.code, waiting.err, waiting.json["status"]) == (0, "", "awaiting_review")
    approve = ("--as", "bo", "--role", "credit_officer", "--reason", "checked")
    assert remit("reviews", "approve", waiting.json["review_id"], *approve).code == 0
    assert remit("explain", waiting.json["decision_id"], "--json").json["status"] == "executed"
    assert remit("ledger", "verify").code == 0


@pytest.mark.parametrize("settings", [{"PYTHONIOENCODING": "latin-1"}, {"NO_COLOR": "1"}, {"COLUMNS": "40"}], ids=str)
def test_what_an_interpreter_is_started_with_is_not_forked(remit: Remit, settings: dict[str, str]) -> None:
    assert remit.warm is not None
    assert remit.warm.start(["--version"], remit.folder, {**remit.environment, **settings}, -1) is None
    assert remit("--version", **settings).out.startswith("remit ")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_it_is_ended_by_a_signal(remit: Remit, number: signal.Signals) -> None:
    process = remit.start("decide", "credit", "--case", "-")  # it waits for a case, which never comes
    process.send_signal(number)
    assert remit.end_of(process).code == -number
