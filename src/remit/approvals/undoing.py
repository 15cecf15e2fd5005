"""Who may have what was carried out undone: somebody who could have reviewed it, and has no part in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.approvals.arrangement import Reviewer
from remit.approvals.review import Review
from remit.core.errors import Refused
from remit.core.words import ApprovalTerms


def partial_in(review: Review | None, requested_by: str) -> dict[str, str]:
    """The people who have to stay out of undoing an action, and why; `review` is the one that it went through."""
    if review is None:
        return {requested_by: "requested this decision"}
    return {
        **dict.fromkeys(review.editors, "edited what was carried out"),
        **dict.fromkeys(review.authors, "made the policy that sent it to review"),
        review.requested_by: "requested this decision",
    }


def role_to_undo(
    decision_id: str, reviewer: Reviewer, terms: Iterable[ApprovalTerms], partial: Mapping[str, str]
) -> str:
    """The role in which this person may have a decision's action undone. One is enough: undoing needs no quorum.

    Raises:
        Refused: a conflict of interest, an app, or none of the roles of the terms.
    """
    if reviewer.id in partial:
        raise Refused(
            f"{reviewer.id} {partial[reviewer.id]} and may not have it undone",
            mend="another person has to: nobody undoes what is their own",
        )
    if reviewer.actor.kind != "user":
        raise Refused(f"{reviewer.id} is no person: an app undoes nothing", mend="a person has to")
    wanted = list(terms)
    for each in wanted:
        for role, lender in reviewer.speaks_as:
            if role == each.role and reviewer.holds(each.group, lender) and lender not in partial:
                return role
    raise Refused(
        f"{reviewer.id} has none of the roles that review decision {decision_id}: {_names(wanted) or 'there are none'}",
        mend=f"give --role {wanted[0].role}, if that is your role" if wanted else "its policy asks nobody",
    )


def _names(terms: Iterable[ApprovalTerms]) -> str:
    return ", ".join(dict.fromkeys(each.role for each in terms))
