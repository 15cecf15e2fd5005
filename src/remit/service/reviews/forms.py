"""What a review can be answered with: the arguments of its action, typed, and the pack's reason codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.core.errors import NotFound
from remit.core.schema import Field
from remit.service.runs import stored_decision
from remit.service.services import Services


@dataclass(frozen=True, slots=True)
class ReviewForm:
    """The fields of the proposed action in order, and the reason codes with what they mean; empty if unknown."""

    fields: tuple[Field, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)


def form_for(services: Services, review_id: str) -> ReviewForm:
    """The form by the pack as it is now; an empty one where neither it nor its version is known any more.

    Raises:
        NotFound: there is no such review.
    """
    with services.store.read() as unit:
        review = unit.reviews.get(review_id)
    stored = stored_decision(services, review.decision_id)
    try:
        pack = services.present_pack(stored.versions.pack, stored.versions.pack_sha256)
        decision = services.decision(pack, stored.run.decision)
    except NotFound:
        return ReviewForm()
    action = decision.actions.get(review.action)
    return ReviewForm(action.schema.args.fields if action else (), decision.reviews.reasons)
