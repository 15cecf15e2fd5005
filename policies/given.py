"""Facts as a person writes them down: in a contract's own tests, or in a file for `remit policy eval`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from remit.core.problems import did_you_mean
from remit.core.scalars import INT64_MAX
from remit.core.schema import ActionSchema, Record
from remit.core.source import Path, StrictModel
from remit.core.words import Actor, Evidence, NeedResult, Trust
from remit.policies.facts import Facts, Used, Window, misfits, window_of


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"must be a time such as 2026-11-01T12:00:00Z, but is `{value[:40]}`") from None
    if moment.tzinfo is None:
        raise ValueError("must say its offset from UTC, such as a final Z")
    return moment


Moment = Annotated[datetime, BeforeValidator(_moment)]


class GivenAction(StrictModel):
    """The proposed action."""

    name: str
    args: dict[str, Any] = Field(default_factory=dict)


class GivenEvidence(StrictModel):
    """A passage that was found. `trusted` is short for `trust: trusted` or `trust: internal`."""

    need: str
    id: str = "given@1#1"
    source: str = "given"
    title: str = "given"
    trust: Trust | None = None
    trusted: bool | None = None
    age_days: int = 0
    score: float = 1.0
    similarity: float = 1.0

    @model_validator(mode="after")
    def _one_word_on_trust(self) -> GivenEvidence:
        if self.trust is not None and self.trusted is not None and (self.trust == "trusted") != self.trusted:
            raise ValueError("`trust` and `trusted` contradict each other")
        return self

    def passage(self) -> Evidence:
        """The passage as evidence."""
        trust: Trust = self.trust or ("internal" if self.trusted is False else "trusted")
        return Evidence(
            self.id, self.need, self.source, self.title, 1, "", self.score, self.similarity, trust, self.age_days
        )


class GivenNeed(StrictModel):
    """What became of an evidence need."""

    need: str
    met: bool


class GivenProposal(StrictModel):
    """How sure the proposer is, and the ids of the passages that it rests on."""

    confidence: float = 1.0
    propensity: float = 1.0
    proposer: str = "given"
    cites: tuple[str, ...] = ()


class GivenActor(StrictModel):
    """Who asks."""

    id: str = "tester"
    kind: Literal["user", "app", "system"] = "user"
    roles: tuple[str, ...] = ()


class Given(StrictModel):
    """The facts of one proposal. What is left out is unremarkable: nothing found, fully confident, data in order.

    `usage` says for limits, by id, how much was used before in the present window; without it no limit is looked at.
    """

    case: dict[str, Any] = Field(default_factory=dict)
    action: GivenAction
    evidence: tuple[GivenEvidence, ...] = ()
    needs: tuple[GivenNeed, ...] = ()
    proposal: GivenProposal = GivenProposal()
    actor: GivenActor = GivenActor()
    case_quality: Literal["ok", "degraded"] = "ok"
    usage: dict[str, Annotated[int, Field(ge=0, le=INT64_MAX)]] | None = None
    now: Moment | None = None

    def faults(
        self,
        case: Record,
        values: Mapping[str, Any],
        actions: Mapping[str, ActionSchema],
        limits: Collection[str] | None = None,
    ) -> Iterator[tuple[Path, str]]:
        """Each way in which case and action do not fit their schemas: the place, and what is wrong.

        `limits` are the ids that `usage` may name.
        """
        for name, wrong in misfits(case, values):
            yield ("case", name), wrong
        for name in self.usage or ():
            if limits is not None and name not in limits:
                yield (
                    ("usage", name),
                    "; ".join(filter(None, (f"there is no limit `{name}`", did_you_mean(name, limits)))),
                )
        action = actions.get(self.action.name)
        if action is None:
            hint = did_you_mean(self.action.name, actions)
            yield ("action", "name"), "; ".join(filter(None, (f"there is no action `{self.action.name}`", hint)))
            return
        for name, wrong in misfits(action.args, self.action.args):
            yield ("action", "args", name), wrong

    def facts(self, case: Mapping[str, Any], moment: datetime, windows: Mapping[str, Window] | None = None) -> Facts:
        """These facts about a complete case, at their own moment or at the one given.

        `windows` are those of the contract's limits, by id.
        """
        now = self.now or moment
        usage = None
        if self.usage is not None:
            known = windows or {}
            usage = {name: Used(window_of(known.get(name, "day"), now), used) for name, used in self.usage.items()}
        return Facts(
            case=case,
            action=self.action.name,
            args=self.action.args,
            actor=Actor(self.actor.id, self.actor.kind, self.actor.roles),
            now=now,
            evidence=tuple(each.passage() for each in self.evidence),
            needs=tuple(NeedResult(each.need, each.met, "", int(each.met)) for each in self.needs),
            confidence=self.proposal.confidence,
            propensity=self.proposal.propensity,
            proposer=self.proposal.proposer,
            case_quality=self.case_quality,
            cites=self.proposal.cites,
            usage=usage,
        )
