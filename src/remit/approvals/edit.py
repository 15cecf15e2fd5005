"""Editing what is proposed: arguments typed by the action's schema, a difference to show, and who may approve then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from remit.approvals.arrangement import Reviewer
from remit.approvals.clock import started
from remit.approvals.review import Review, moved, must_be_undecided
from remit.approvals.voting import missing, must_be_free, seat_of
from remit.core.errors import Conflict, InputError, Refused
from remit.core.problems import did_you_mean
from remit.core.schema import Field, Record
from remit.core.words import ApprovalTerms, Verdict
from remit.policies.combine import merge_terms
from remit.policies.facts import misfits


@dataclass(frozen=True, slots=True)
class Judged:
    """What an edit came to: the new action digest, evidence root and policy, the fresh verdict, the money in it."""

    action_digest: str
    policy_sha256: str
    evidence_root: str
    verdict: Verdict
    money: int | None


def edit(review: Review, reviewer: Reviewer, judged: Judged, now: datetime) -> Review:
    """Put other arguments in place of those proposed. Every earlier word was on another action and counts no more.

    The terms are those of the review and of the fresh verdict together, each as strict as any of them. Where the policy
    still wants a person, or more money is at stake, the editor may not approve.

    Raises:
        Conflict: the review is settled, claimed or assigned to somebody else, or nothing changes.
        Refused: the editor may not decide it, or the policy denies what they want.
    """
    must_be_undecided(review)
    seat_of(review, (), reviewer, "reject")
    must_be_free(review, reviewer, now)
    if judged.action_digest == review.action_digest:
        raise Conflict("this is what is proposed already", mend="give other arguments")
    _must_not_be_denied(judged.verdict)
    editors = review.editors
    if judged.verdict.effect == "escalate" or rises(review.money, judged.money):
        editors = tuple(dict.fromkeys([*editors, reviewer.id]))
    changed = replace(
        review,
        state="open",
        claimed_by=None,
        claimed_until=None,
        action_digest=judged.action_digest,
        policy_sha256=judged.policy_sha256,
        evidence_root=judged.evidence_root,
        terms=_together(review.terms, judged.verdict.approvals),
        rules=tuple(each.rule for each in judged.verdict.findings if each.effect == "escalate") or review.rules,
        money=judged.money,
        editors=editors,
    )
    return started(moved(changed, reviewer.id, "edited"), missing(changed, ()), now)


def rises(before: int | None, after: int | None) -> bool:
    """Whether more money is at stake than before. What cannot be compared counts as more."""
    if before is None or after is None:
        return before is not after
    return after > before


def typed(schema: Record, words: Mapping[str, str]) -> dict[str, Any]:
    """Arguments as a person types them, in the types that the action declares. Lists are JSON, or words with commas.

    Raises:
        InputError: an argument that the action has not, or a word that is not of its type.
    """
    values: dict[str, Any] = {}
    for name, word in words.items():
        field = schema.field(name)
        if field is None:
            known = ", ".join(schema.names) or "none"
            hint = did_you_mean(name, schema.names) or f"its arguments: {known}"
            raise InputError(f"the action has no argument `{name}`", code="argument", mend=hint)
        values[name] = _value(field, word)
    return values


def checked_args(schema: Record, args: Mapping[str, Any]) -> None:
    """Raises InputError, with everything that is wrong with the arguments."""
    wrong = [said for _, said in misfits(schema, args)]
    if wrong:
        raise InputError("; ".join(wrong), code="argument", mend="give arguments that the action's schema allows")


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs between two sets of arguments, by name: ``{"name", "was", "is"}``."""
    return [
        {"name": name, "was": before.get(name), "is": after.get(name)}
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]


def _value(field: Field, word: str) -> Any:
    if field.type in ("string", "timestamp"):
        return word
    if field.type == "strings" and not word.lstrip().startswith("["):
        return [each.strip() for each in word.split(",") if each.strip()]
    try:
        value = orjson.loads(word)
    except orjson.JSONDecodeError:
        raise InputError(
            f"`{field.name}` is {field.type}, but `{word[:60]}` is none", code="argument", mend="write it as JSON"
        ) from None
    return float(value) if field.type == "number" and type(value) is int else value


def _must_not_be_denied(verdict: Verdict) -> None:
    if verdict.effect == "deny":
        said = "; ".join(f"{each.reason} [{each.rule}]" for each in verdict.findings if each.effect == "deny")
        raise Refused(f"the policy denies it: {said}", mend="other arguments, or reject")


def _together(before: Sequence[ApprovalTerms], after: Sequence[ApprovalTerms]) -> tuple[ApprovalTerms, ...]:
    return merge_terms([*before, *after])
