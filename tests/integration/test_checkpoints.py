"""A checkpoint is a cache of a paused run: it says nothing that SQL does not say, and nobody believes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command

from remit.adapters.checkpoints import PausedRuns
from remit.adapters.postgres.checkpoints import PostgresPausedRuns
from remit.adapters.sql.store import SqlStore
from remit.core.errors import SystemFailed

LARGE, TOO_LARGE = 200_000, 2_000_000
CASES: list[dict[str, Any]] = [
    {},
    {"kind": "advice"},
    {"amount_cents": TOO_LARGE},
    {"topic": "gossip"},
    {"kind": "order", "parts": 0},
]


@pytest.mark.parametrize("case", CASES, ids=["executed", "advised", "denied", "quarantined", "failed"])
def test_a_decision_that_is_final_at_once_leaves_no_checkpoint(desk: Any, case: dict[str, Any]) -> None:
    desk.decide(**case)
    assert desk.checkpoints() == []


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_paused_run_has_one_checkpoint_until_it_is_final(desk: Any, choice: str) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    assert desk.checkpoints()[0] == (waiting["decision_id"],)
    assert len(desk.checkpoints("checkpoints")) == 1
    desk.vote(waiting["review_id"], choice=choice)
    assert desk.checkpoints() == []


def test_the_pure_part_writes_no_checkpoint(desk: Any, monkeypatch: Any) -> None:
    puts: list[str] = []
    for runs in (PausedRuns, PostgresPausedRuns):
        put = runs.put
        monkeypatch.setattr(runs, "put", lambda self, *given, put=put: puts.append("put") or put(self, *given))
    desk.decide(topic="unwritten", amount_cents=TOO_LARGE)
    assert puts == []
    assert desk.checkpoints() == []


def test_a_run_that_breaks_off_leaves_no_checkpoint(desk: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("remit.agents.brains.declared.DeclaredBrain.propose", _break)
    with pytest.raises(ZeroDivisionError):
        desk.decide()
    assert desk.checkpoints() == []


def _break(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError


def test_the_state_is_made_of_json_alone(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    values = desk.engine.services.graph().get_state(_config(waiting)).values
    assert (values["review_id"], values["verdict"]) == (waiting["review_id"], {}), "what is known of the case is in SQL"
    assert _foreign(values) == []


def _foreign(value: Any) -> list[type]:
    if isinstance(value, dict):
        return [kind for key, item in value.items() for kind in [*_foreign(key), *_foreign(item)]]
    if isinstance(value, list):
        return [kind for item in value for kind in _foreign(item)]
    return [] if value is None or type(value) in (str, int, float, bool) else [type(value)]


@pytest.mark.parametrize("environment", ["false", None])
def test_an_object_of_another_kind_does_not_come_out_of_a_checkpoint(tmp_path: Path, environment: str | None) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "LANGGRAPH_STRICT_MSGPACK"}
    told = {} if environment is None else {"LANGGRAPH_STRICT_MSGPACK": environment}
    done = subprocess.run(
        [sys.executable, "-c", SMUGGLE, tmp_path], env={**kept, **told}, capture_output=True, text=True
    )
    assert done.stdout.split() == [environment or "true", "dict"], done.stderr


SMUGGLE = """
import os, pathlib, sys
from remit.adapters.checkpoints import PausedRuns
from remit.core.words import Actor
runs = PausedRuns(pathlib.Path(sys.argv[1], "checkpoints.db"))
out = runs.serde.loads_typed(runs.serde.dumps_typed(Actor("mallory")))
print(os.environ["LANGGRAPH_STRICT_MSGPACK"], type(out).__name__)
"""


def test_resuming_the_graph_while_the_review_is_open_changes_nothing(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    before = desk.everything()
    state = _resume(desk, waiting, {"approved": True, "stage": "approved"})
    assert state["__interrupt__"][0].value == {"review_id": waiting["review_id"]}
    assert (desk.everything(), desk.booked()) == (before, [])


def test_a_run_that_was_resumed_too_early_can_still_be_approved(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    _resume(desk, waiting, True)
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", LARGE)]


def test_resuming_the_graph_of_a_rejected_review_ends_rejected(desk: Any, no_carrying_on: None) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"], choice="reject")
    _resume(desk, waiting, "approve")
    assert desk.engine.explain(waiting["decision_id"])["status"] == "rejected"
    assert desk.booked() == []


def test_resuming_the_graph_twice_acts_once(desk: Any, no_carrying_on: None) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.vote(waiting["review_id"])
    for _ in range(2):
        _resume(desk, waiting, True)
    assert desk.booked() == [("pay", LARGE)]


def test_without_its_checkpoint_a_paused_run_goes_on_from_sql(desk: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    desk.close()
    for file in desk.home.glob("checkpoints.db*"):
        file.unlink()
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"
    assert desk.booked() == [("pay", LARGE)]


def test_a_checkpoint_of_another_graph_version_is_not_resumed(desk: Any, monkeypatch: Any, entries: list[Any]) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    monkeypatch.setattr("remit.service.runs.GRAPH_VERSION", "of tomorrow")
    assert desk.vote(waiting["review_id"])["decision"]["status"] == "executed"
    assert [type(entry) for entry in entries] == [dict, dict]
    assert desk.checkpoints() == []


def test_a_checkpoint_of_this_graph_version_is_resumed(desk: Any, entries: list[Any]) -> None:
    desk.vote(desk.decide(amount_cents=LARGE)["review_id"])
    assert [type(entry) for entry in entries] == [dict, Command]


@pytest.mark.parametrize("kind", ["proposal", "verdict", "evidence", "review_id", "stage"])
def test_a_forged_checkpoint_is_not_believed(desk: Any, kind: str) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    other = desk.decide(amount_cents=LARGE, request_id="R-2")
    forged = {
        "proposal": {"action": {"name": "wire", "args": {"amount_cents": 1}}, "confidence": 1.0, "propensity": 1.0},
        "verdict": {"effect": "allow", "findings": []},
        "evidence": [],
        "review_id": other["review_id"],
        "stage": "approved",
    }
    desk.engine.services.graph().update_state(_config(waiting), {kind: forged[kind]}, as_node="open_review")
    desk.vote(waiting["review_id"])
    assert desk.booked() == [("pay", LARGE)]


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_a_damaged_checkpoint_file_is_said_in_plain_words(desk: Any) -> None:
    desk.decide(amount_cents=LARGE)
    desk.close()
    (desk.home / "checkpoints.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(SystemFailed, match=r"checkpoints\.db cannot be used"):
        desk.decide(amount_cents=LARGE)


def test_checkpoints_that_a_crash_left_of_a_final_decision_are_swept_away(desk: Any, monkeypatch: Any) -> None:
    waiting = desk.decide(amount_cents=LARGE)
    other = desk.decide(amount_cents=LARGE, request_id="R-2")
    with monkeypatch.context() as patch:
        for runs in (PausedRuns, PostgresPausedRuns):
            patch.setattr(runs, "delete_thread", lambda *_: None)
        desk.vote(waiting["review_id"])
    assert desk.engine.forget_final() == 1
    assert {thread for (thread,) in desk.checkpoints()} == {other["decision_id"]}


@pytest.fixture
def no_carrying_on(monkeypatch: Any) -> None:
    """A settled review is not carried on: the process died right then."""
    monkeypatch.setattr("remit.service.reviews.moves.carry_on", lambda *_, **__: {})


@pytest.fixture
def entries(desk: Any, monkeypatch: Any) -> list[Any]:
    """What the graph was entered with."""
    found: list[Any] = []
    for graph in (desk.engine.services.unsaved, desk.engine.services.graph()):
        monkeypatch.setattr(
            *(
                graph,
                "invoke",
                lambda entry, *given, do=graph.invoke, **said: found.append(entry) or do(entry, *given, **said),
            )
        )
    return found


def _config(result: dict[str, Any]) -> dict[str, Any]:
    return {"configurable": {"thread_id": result["decision_id"]}}


def _resume(desk: Any, result: dict[str, Any], payload: Any) -> Any:
    """Resume LangGraph's thread directly, past every door of ours."""
    services = desk.engine.services
    store: SqlStore = services.store
    with store.read() as unit:
        stored = unit.decisions.get(result["decision_id"])
    pack = services.present_pack("desk", stored.versions.pack_sha256)
    deps = services.deps(stored.run, pack, services.decision(pack, None))
    return services.graph().invoke(Command(resume=payload), _config(result), context=deps, durability="sync")
