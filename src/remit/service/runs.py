"""Running the graph: a new decision, one that was cut off, one whose review is settled. SQL says where to go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from remit.agents.answer import conclude
from remit.agents.obligations import carry_out
from remit.agents.ports import Deps, Unit
from remit.agents.records import DONE, FINAL, Obligation, StoredDecision
from remit.agents.state import GRAPH_VERSION, State, state_of
from remit.core.errors import Undecidable
from remit.service.result import result_in, result_of
from remit.service.services import Services

PATIENCE_SECONDS = 30.0
"""How long to wait for another process that is at work on the same decision, where its result is wanted."""


Tell = Callable[[Unit, dict[str, Any]], None]
"""Is told the result of a decision inside of the unit of work that makes it so; what it stores is kept with it."""


def start(services: Services, deps: Deps, tell: Tell | None = None) -> dict[str, Any]:
    """Run a new decision until it is final or waits for a person.

    Args:
        tell: see `Tell`. It is told by the last unit of work: that of the last thing owed, where something is. It is
            not told where an event gets its place in the ledger later.
    """
    if tell is not None:
        deps = replace(deps, last_words=_LastWords(deps.run.decision_id, tell))
    with services.fences.around(deps.run.decision_id):
        return _run(services, deps, {"decision_id": deps.run.decision_id, "stage": "new"})


def carry_on(services: Services, decision_id: str, *, patience_seconds: float = 0.0) -> dict[str, Any]:
    """Go on with a decision from where its row stands: after a crash, or when its review is settled.

    A final decision is given back as it is. Waiting for a review that is not settled is also an answer. What is still
    to be judged is judged by the pack as it is now, with the model that it began with; what is committed is carried out
    by the version that committed it.

    Raises:
        NotFound: there is no such decision.
        Conflict: another process is at work on it, for longer than `patience_seconds`.
        Corrupted: what was stored of it is not what was recorded; nothing was executed.
    """
    stored = stored_decision(services, decision_id)
    if stored.stage in FINAL:
        return result_in(services.store, decision_id)
    with services.fences.around(decision_id, patience_seconds):
        stored = stored_decision(services, decision_id)
        if stored.stage in FINAL or _waits(services, stored):
            return result_in(services.store, decision_id)
        pack_of = services.pack_version if stored.stage == "committed" else services.present_pack
        pack = pack_of(stored.versions.pack, stored.versions.pack_sha256)
        if stored.stage != "committed":
            pack = services.models.held(pack, stored)
        deps = services.deps(stored.run, pack, services.decision(pack, stored.run.decision))
        if stored.stage == "awaiting_review" and _is_paused(services, decision_id):
            return _resume(services, deps)
        services.paused().delete_thread(decision_id)
        return _run(services, deps, _state_of(stored, services.clock.now()))


def fulfil(services: Services, decision_id: str) -> list[Obligation]:
    """Carry out what a decision still owes, with the version of its pack that decided; gives all of its obligations.

    Raises:
        NotFound: there is no such decision, or its pack version is not stored here.
        Conflict: another process is at work on it.
        Corrupted: what is stored as owed is not what was judged.
    """
    with services.fences.around(decision_id):
        stored = stored_decision(services, decision_id)
        pack = services.pack_version(stored.versions.pack, stored.versions.pack_sha256)
        return carry_out(stored.run, services.store, services.parts.connectors(pack))


def _run(services: Services, deps: Deps, state: State) -> dict[str, Any]:
    """The first leg, without a checkpointer, since SQL has everything. A run that then waits is kept as it stands."""

    def leg() -> State:
        config = _config(deps.run.decision_id)
        reached: State = services.unsaved.invoke(state, config, context=deps)
        if reached["stage"] == "awaiting_review":
            kept = {name: value for name, value in reached.items() if name in State.__annotations__}
            services.graph().update_state(config, kept, as_node="open_review")
        return reached

    return _finish(services, deps, leg)


def _resume(services: Services, deps: Deps) -> dict[str, Any]:
    """The leg after a person's word. The resume value says nothing: the recheck reads the review itself."""
    from remit.agents.graph import RESUME

    config = _config(deps.run.decision_id)
    result = _finish(services, deps, lambda: services.graph().invoke(RESUME, config, context=deps, durability="sync"))
    if result["status"] in FINAL:
        services.paused().delete_thread(deps.run.decision_id)
    return result


def _finish(services: Services, deps: Deps, leg: Callable[[], State]) -> dict[str, Any]:
    """A leg of the graph and what follows from it, told to whoever listens."""
    run, pack = deps.run, deps.versions.pack
    said = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": run.decision,
        "remit.pack": pack,
        "remit.decision_id": run.decision_id,
    }
    with services.telemetry.span(f"invoke_workflow {run.decision}", said) as span:
        result = _result(services, deps, leg)
        span.say({"remit.status": result["status"]})
    services.telemetry.decided(pack, run.decision, result["status"])
    return result


def _result(services: Services, deps: Deps, leg: Callable[[], State]) -> dict[str, Any]:
    started = time.perf_counter()
    owes = False
    try:
        state = leg()
        timings = dict(state.get("timings_ms", {}))
        owes = state["stage"] in DONE and bool(state["verdict"]["obligations"])
    except Exception as error:
        # A run that broke off is re-entered from SQL; what the graph kept of it is of no use.
        services.paused().delete_thread(deps.run.decision_id)
        if not isinstance(error, Undecidable):
            raise
        timings = {}
        with services.store.write() as unit:
            conclude(unit, deps.run, "failed", before=("received", "awaiting_review"), note=error.message)
    if owes:
        begun = time.perf_counter()

        def told(unit: Unit) -> None:
            timings["oblige"] = round((time.perf_counter() - begun) * 1000, 3)
            if deps.last_words is not None:
                deps.last_words(unit, timings)

        carry_out(deps.run, deps.store, deps.connectors, told)
    if isinstance(deps.last_words, _LastWords) and deps.last_words.result is not None:
        return deps.last_words.result
    timings["total"] = round((time.perf_counter() - started) * 1000, 3)
    return result_in(services.store, deps.run.decision_id, timings)


class _LastWords:
    """Makes the result of a run inside of its last unit of work, and tells it there."""

    def __init__(self, decision_id: str, tell: Tell) -> None:
        self._decision_id = decision_id
        self._tell = tell
        self._started = time.perf_counter()
        self.result: dict[str, Any] | None = None

    def __call__(self, unit: Unit, timings_ms: Mapping[str, float]) -> None:
        stored = unit.decisions.get(self._decision_id)
        owed = unit.obligations.of(self._decision_id) if stored.stage in DONE else ()
        if stored.receipt is None or any(each.state == "pending" and not each.attempts for each in owed):
            return
        total = round((time.perf_counter() - self._started) * 1000, 3)
        self.result = result_of(stored, owed, {**timings_ms, "total": total})
        self._tell(unit, self.result)


def _config(decision_id: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": decision_id}, "recursion_limit": 100}


def _waits(services: Services, stored: StoredDecision) -> bool:
    if stored.stage != "awaiting_review" or stored.review_id is None:
        return False
    with services.store.read() as unit:
        return not unit.reviews.get(stored.review_id).settled


def _is_paused(services: Services, decision_id: str) -> bool:
    """Whether a checkpoint of this graph version waits at the interrupt. Any other is not resumed but re-entered."""
    snapshot = services.graph().get_state(_config(decision_id))
    return bool(snapshot.next == ("wait_review",) and snapshot.values.get("graph_version") == GRAPH_VERSION)


def _state_of(stored: StoredDecision, now: datetime) -> State:
    """The state of a run as SQL knows it, to enter the graph with. What was never judged is judged as of now."""
    state: State = {"decision_id": stored.run.decision_id, "stage": stored.stage, "at": now.isoformat(), "replans": 0}
    if stored.review_id is not None:
        state["review_id"] = stored.review_id
    if stored.judgement is not None:
        state.update(state_of(stored.judgement))
    return state


def stored_decision(services: Services, decision_id: str) -> StoredDecision:
    """The decision as it stands. Raises NotFound."""
    with services.store.read() as unit:
        return unit.decisions.get(decision_id)
