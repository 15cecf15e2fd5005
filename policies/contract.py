"""The YAML of a policy contract, as strict models: what is not declared here is refused, never ignored."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from remit.core.source import StrictModel
from remit.core.words import ApprovalTerms
from remit.policies.given import Given

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=500)]
FailEffect = Literal["escalate", "deny"]
RuleEffect = Literal["allow", "escalate", "deny"]

RESERVED_IDS = ("default", "effective", "facts")
"""The ids that the engine itself uses in findings."""


def _minutes(text: str) -> int:
    found = re.fullmatch(r"([1-9][0-9]{0,4})([mhd])", text)
    if found is None:
        raise ValueError("must be a time span such as 30m, 4h or 2d")
    return int(found[1]) * {"m": 1, "h": 60, "d": 1440}[found[2]]


def _is_span(text: str) -> str:
    _minutes(text)
    return text


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"must be a day such as 2026-11-01, but is `{value[:40]}`") from None


Day = Annotated[date, BeforeValidator(_day)]


class Metadata(StrictModel):
    """Name, version and owner; the contract is in force from one day to another, both included, in UTC."""

    name: Id
    version: Annotated[int, Field(ge=1)]
    owner: Words
    description: str = ""
    effective_from: Day | None = None
    effective_until: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Metadata:
        if self.effective_from and self.effective_until and self.effective_until < self.effective_from:
            raise ValueError("effective_until is before effective_from")
        return self


class Approval(StrictModel):
    """Who must approve, how many of them, and how soon. A time-out denies or holds; it never approves."""

    role: Words
    quorum: Annotated[int, Field(ge=1, le=20)] = 1
    within: Annotated[str, AfterValidator(_is_span)] | None = None
    on_timeout: Literal["deny", "hold"] = "hold"

    def terms(self) -> ApprovalTerms:
        minutes = None if self.within is None else _minutes(self.within)
        return ApprovalTerms(self.role, self.quorum, minutes, self.on_timeout)


class Rule(StrictModel):
    """When the condition holds, the rule speaks."""

    id: Id
    when: str
    effect: RuleEffect
    reason: Words
    approval: Approval | None = None

    @model_validator(mode="after")
    def _only_an_escalation_is_approved(self) -> Rule:
        if self.approval is not None and self.effect != "escalate":
            raise ValueError("`approval` has a meaning only with `effect: escalate`")
        return self


class Requirement(StrictModel):
    """What must hold before an allow; `for` says for which actions, `else` what happens otherwise."""

    id: Id
    for_: str | None = Field(default=None, alias="for")
    check: str
    else_: FailEffect = Field(alias="else")
    reason: Words | None = None
    approval: Approval | None = None

    @model_validator(mode="after")
    def _only_an_escalation_is_approved(self) -> Requirement:
        if self.approval is not None and self.else_ != "escalate":
            raise ValueError("`approval` has a meaning only with `else: escalate`")
        return self


class Obligation(StrictModel):
    """Something to be done whenever the condition holds, such as telling the account's owner."""

    when: str
    do: Words
    to: Words


class ContractTest(Given):
    """One embedded test: these facts give this effect, by these rules. `case` overrides `test_case` field by field."""

    name: Words
    expect: RuleEffect
    by: tuple[str, ...] = ()


class Contract(StrictModel):
    """A policy contract."""

    apiVersion: Literal["remit/v1"]
    kind: Literal["PolicyContract"]
    metadata: Metadata
    decision: Words
    default: RuleEffect
    on_error: FailEffect
    variables: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Rule, ...]
    requires: tuple[Requirement, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    test_case: dict[str, Any] = Field(default_factory=dict)
    tests: tuple[ContractTest, ...] = ()


UNREAD_KEYS = ("limits", "invariants", "imports")
"""Parts of a contract that a later version reads. A contract that relies on them must not be taken as if it did not."""
