"""What of an erased subject's still waits for people is taken back: nobody is asked any more, and nothing is done.

It happens in the unit of work that erases: either all reviews are cancelled, their decisions ended and everything
erased, or nothing of that. Meanwhile nobody else is at work on these decisions.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from remit.agents.answer import conclude
from remit.approvals.inquiry import take_back
from remit.approvals.review import UNDECIDED, overtaken
from remit.core.errors import Conflict, Refused
from remit.core.words import Actor
from remit.service.ports import CaseOf, PrivateUnit, SubjectRecord
from remit.service.reviews.moves import store
from remit.service.reviews.people import REVIEWS_MAX
from remit.service.runs import PATIENCE_SECONDS
from remit.service.services import Services

NOTE = "cancelled: what is known of its subject was erased"


def waiting_in(record: SubjectRecord) -> list[CaseOf]:
    """The cases of a subject that wait for people."""
    return [case for case in record.cases if case.stage == "awaiting_review"]


@contextlib.contextmanager
def held_still(services: Services, decision_ids: Collection[str]) -> Iterator[frozenset[str]]:
    """Nobody else is at work on these decisions meanwhile. Raises Conflict when somebody is, for too long."""
    with contextlib.ExitStack() as fences:
        for decision_id in sorted(decision_ids):
            fences.enter_context(services.fences.around(decision_id, PATIENCE_SECONDS))
        yield frozenset(decision_ids)


def take_back_reviews(
    services: Services, unit: PrivateUnit, record: SubjectRecord, still: Collection[str], reason: str, actor: Actor
) -> list[str]:
    """Cancel each review that a case of theirs waits for, and end its decision as rejected; gives the reviews' ids.

    An approval that nobody has acted on yet goes, too. `still` are the decisions that are held still.

    Raises:
        Conflict: a case has begun to wait since, or somebody else was first.
        Refused: a review is settled otherwise, and its decision has not gone on yet.
    """
    waiting = waiting_in(record)
    come = [case.decision_id for case in waiting if case.decision_id not in still]
    if come:
        raise Conflict(f"another case of theirs waits for people now: {', '.join(come)}", mend="run it again")
    for case in waiting:
        _take_back(services, unit, case, record.id, reason, actor)
    return [str(case.review_id) for case in waiting]


def cancel_test_items(services: Services, unit: PrivateUnit, decision_ids: Collection[str], actor: Actor) -> None:
    """Take the test items out of the queue that borrow the looks of these decisions."""
    for each in unit.reviews.in_states(UNDECIDED, REVIEWS_MAX):
        if each.probe is not None and each.decision_id in decision_ids:
            store(unit, take_back(each, actor, services.clock.now()), "cancelled", actor, {"why": "erasure"})


def _take_back(services: Services, unit: PrivateUnit, case: CaseOf, subject_id: str, reason: str, actor: Actor) -> None:
    review = unit.reviews.get(case.review_id or "")
    if review.settled and review.state != "approved":
        raise Refused(
            f"{overtaken(review)}, and decision {case.decision_id} has not gone on from there yet",
            code="under_way",
            mend="run `remit doctor --recover` first",
        )
    cancelled = take_back(review, actor, services.clock.now())
    store(unit, cancelled, "cancelled", actor, {"reason": reason, "why": "erasure", "subject": subject_id})
    run = unit.decisions.get(case.decision_id).run
    conclude(unit, run, "rejected", before=("awaiting_review",), note=NOTE)
