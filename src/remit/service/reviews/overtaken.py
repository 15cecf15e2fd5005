"""Tell whoever came too late what has changed since they looked: who moved the review, from where to where, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from remit.approvals.edit import difference
from remit.approvals.review import Review
from remit.core.errors import Conflict
from remit.service.explain import Records
from remit.service.reviews.queue import action_of
from remit.service.services import Services

_EDITED = "review.edited"


@contextmanager
def telling_what_changed(services: Services, records: Records, review_id: str, version: int | None) -> Iterator[None]:
    """Add to a conflict, as its fact ``changed``, what happened to the review since the version that was seen."""
    try:
        yield
    except Conflict as error:
        changed = None if version is None else what_changed_since(services, records, review_id, version)
        if changed is not None:
            error.facts = {**error.facts, "changed": changed}
        raise


def what_changed_since(services: Services, records: Records, review_id: str, version: int) -> dict[str, Any] | None:
    """What happened to a review since a version of it; None when nothing did.

    A test item tells no more and no less of it than any other review. Raises NotFound.
    """
    with services.store.write() as unit:
        # Threads share a commit: whoever was first may not be durable yet. This unit of work ends after theirs.
        unit.reviews.get(review_id)
    with services.store.read() as unit:
        review = unit.reviews.get(review_id)
        stored = unit.decisions.get(review.decision_id)
    if review.version == version:
        return None
    edits = _edits_since(records, review, version)
    arguments: list[dict[str, Any]] = []
    action = action_of(review, stored)
    if edits and action is not None and stored.judgement is not None and stored.judgement.edit:
        # What stood there before is known of the last edit; of earlier ones, which arguments they touched.
        last = {each["name"]: each for each in difference(stored.judgement.edit["was"], action["args"])}
        arguments = [last.get(name, {"name": name, "is": action["args"].get(name)}) for name in edits]
    return {
        "from": {"version": version},
        "to": {"version": review.version, "state": review.state},
        "by": review.moved_by,
        "move": review.moved_as,
        "arguments": arguments,
    }


def _edits_since(records: Records, review: Review, version: int) -> list[str]:
    """The names of the arguments that were edited since."""
    bodies = [event.draft.body for event in records.events_of(review.decision_id) if event.draft.type == _EDITED]
    since = [body for body in bodies if body["review_id"] == review.id and body["version"] > version]
    return sorted({name for body in since for name in body["changed"]})
