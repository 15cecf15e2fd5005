"""Accept one case to be decided later, by a worker. What was accepted is on the disk before this returns."""

from __future__ import annotations

import logging
from typing import Any

from remit.agents.intake import intake
from remit.agents.records import StoredDecision
from remit.core.errors import Conflict, SystemFailed
from remit.core.words import Actor
from remit.packs.pack import Decision, Pack
from remit.service.decide import admitted, made_for, new_run, same_request
from remit.service.result import result_of
from remit.service.runs import stored_decision
from remit.service.services import Services
from remit.service.work.ports import Queue

_log = logging.getLogger(__name__)


def submit(
    services: Services,
    queue: Queue,
    pack: Pack,
    raw: Any,
    actor: Actor,
    *,
    decision: str | None = None,
    request_key: str | None = None,
) -> dict[str, Any]:
    """The decision as it stands right after it was accepted: ``received``, or ``quarantined``.

    The row that says so is what counts. Queueing it only makes it quick: were the queue unreachable or this process
    killed in between, a worker's sweep would find the row. With a request key a case is accepted once; asked again, the
    decision is given as it stands by then.

    Raises:
        NotFound: the pack has no such decision, or no indexed documents.
        CaseRejected: the case does not fit its data contract; the refusal is in the ledger.
        InputError: the request key was used for another case or decision.
    """
    accepted = _accepted(services, pack, services.decision(pack, decision), raw, actor, request_key)
    if accepted.stage == "received":
        try:
            queue.put(accepted.run.decision_id)
        except SystemFailed as error:
            _log.warning("decision %s waits for a sweep: %s", accepted.run.decision_id, error.message)
    return result_of(accepted)


def _accepted(
    services: Services, pack: Pack, decision: Decision, raw: Any, actor: Actor, request_key: str | None
) -> StoredDecision:
    admission = admitted(services, pack, decision, raw, actor)
    before = made_for(services, request_key)
    if before is None:
        run = new_run(services, decision, admission, actor, request_key)
        try:
            deps = services.deps(run, *services.assigned(run, pack, decision))
            intake({"decision_id": run.decision_id, "stage": "new"}, deps)
            return stored_decision(services, run.decision_id)
        except Conflict:
            # Somebody else accepted this very request between our looking and our writing.
            before = made_for(services, request_key)
            if before is None:
                raise
    return same_request(before, pack, decision, admission)
