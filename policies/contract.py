"""The YAML of a policy contract, as strict models: what is not declared here is refused, never ignored."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from remit.core.scalars import INT64_MAX
from remit.core.source import StrictModel
from remit.core.words import ApprovalTerms
from remit.policies.given import Given

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=500)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.:@-]{0,63}$")]
FailEffect = Literal["escalate", "deny"]
RuleEffect = Literal["allow", "escalate", "deny"]

RESERVED_IDS = ("autonomy", "default", "effective", "facts")
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
    """Who must approve, how many of them, and how soon. A time-out denies or holds; it never approves.

    Stages follow one another; `group` is a second role that the people must hold; `chain` names the roles that are
    asked in turn when time runs out, before `on_timeout` happens.
    """

    role: Words
    quorum: Annotated[int, Field(ge=1, le=20)] = 1
    within: Annotated[str, AfterValidator(_is_span)] | None = None
    on_timeout: Literal["deny", "hold"] = "hold"
    stage: Annotated[int, Field(ge=1, le=9)] = 1
    group: Word | None = None
    warn: Annotated[str, AfterValidator(_is_span)] | None = None
    chain: Annotated[tuple[Words, ...], Field(max_length=5)] = ()
    hours: Literal["working", "always"] = "working"

    @model_validator(mode="after")
    def _in_time(self) -> Approval:
        if self.within is None and (self.warn is not None or self.chain):
            raise ValueError("`warn` and `chain` have a meaning only with `within`")
        if self.within is not None and self.warn is not None and _minutes(self.warn) >= _minutes(self.within):
            raise ValueError("`warn` must be sooner than `within`")
        return self

    def terms(self) -> ApprovalTerms:
        within, warn = (None if span is None else _minutes(span) for span in (self.within, self.warn))
        return ApprovalTerms(
            self.role, self.quorum, within, self.on_timeout, self.stage, self.group, warn, self.chain, self.hours
        )


def _only_an_escalation_is_approved(approval: Approval | None, key: str, effect: str) -> None:
    if approval is not None and effect != "escalate":
        raise ValueError(f"`approval` has a meaning only with `{key}: escalate`")


class Rule(StrictModel):
    """When the condition holds, the rule speaks.

    `actions` and `roles` are short for a condition on the proposed action and on the actor's roles; `when` is and-ed
    with them, and may be left out beside them.
    """

    id: Id
    actions: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    roles: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    when: str | None = None
    effect: RuleEffect
    reason: Words
    approval: Approval | None = None

    @model_validator(mode="after")
    def _whole(self) -> Rule:
        if self.when is None and self.actions is None and self.roles is None:
            raise ValueError("a rule needs `when`, `actions` or `roles`")
        _only_an_escalation_is_approved(self.approval, "effect", self.effect)
        return self


class Requirement(StrictModel):
    """What must hold before an allow; `for` says for which actions, `else` what happens otherwise.

    Either `check` is an expression, or `read` names an evidence need of which a passage must have been found in this
    run before one of the actions `before`; with `cited` the proposal must rest on that passage, too.
    """

    id: Id
    for_: str | None = Field(default=None, alias="for")
    check: str | None = None
    read: Word | None = None
    before: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    cited: bool = False
    else_: FailEffect = Field(alias="else")
    reason: Words | None = None
    approval: Approval | None = None

    @model_validator(mode="after")
    def _whole(self) -> Requirement:
        if (self.check is None) == (self.read is None):
            raise ValueError("a requirement needs either `check` or `read`")
        if self.read is None and (self.before is not None or self.cited):
            raise ValueError("`before` and `cited` have a meaning only with `read`")
        _only_an_escalation_is_approved(self.approval, "else", self.else_)
        return self


class Limit(StrictModel):
    """How much may be done in a window of time: the sum over every action that was committed to.

    `sum` is what an action counts for (1 when left out), `per` the window (a UTC calendar hour, day or month), `by` the
    keys that have a budget each. What would exceed `max` has the effect `else`.
    """

    id: Id
    for_: str | None = Field(default=None, alias="for")
    sum: str = "1"
    per: Literal["hour", "day", "month"]
    by: tuple[str, ...] = ()
    max: Annotated[int, Field(ge=0, le=INT64_MAX)]
    else_: FailEffect = Field(alias="else")
    reason: Words | None = None
    approval: Approval | None = None

    @model_validator(mode="after")
    def _whole(self) -> Limit:
        _only_an_escalation_is_approved(self.approval, "else", self.else_)
        return self


class Invariant(StrictModel):
    """What must never be, whatever the facts: a condition that may also name the `verdict`."""

    id: Id
    never: str
    reason: Words | None = None


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


class RuleFile(StrictModel):
    """What contracts can share: a file beside the pack, brought in by `imports`."""

    apiVersion: Literal["remit/v1"]
    kind: Literal["PolicyRules"]
    variables: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    requires: tuple[Requirement, ...] = ()
    limits: tuple[Limit, ...] = ()
    invariants: tuple[Invariant, ...] = ()


class Contract(StrictModel):
    """A policy contract."""

    apiVersion: Literal["remit/v1"]
    kind: Literal["PolicyContract"]
    metadata: Metadata
    decision: Words
    imports: tuple[Words, ...] = ()
    default: RuleEffect
    on_error: FailEffect
    variables: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Rule, ...]
    requires: tuple[Requirement, ...] = ()
    limits: tuple[Limit, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    invariants: tuple[Invariant, ...] = ()
    test_case: dict[str, Any] = Field(default_factory=dict)
    tests: tuple[ContractTest, ...] = ()
