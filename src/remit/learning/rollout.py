"""A rollout: how a challenger takes a decision over, step by step, and how it is taken back. Pure moves.

    shadow -> canary 1 % -> 5 % -> 25 % -> 50 % -> live ------> ended, when another rollout begins
       └───────────┴─────────┴──────┴──────┴───────┴──> rolled_back

At each step both models propose for every case. What their actions were worth, once the outcome is due, gives one
difference for each case, and a confidence sequence over those of the step: its lower bound above -margin moves the
rollout on, its upper bound below 0 takes it back, and so does a guard that trips. Anything else holds, and so does too
little data. A live challenger is still watched, with the former champion in its shadow.

A person may move it, too. Automation never takes back what a person has moved: it stops at their step, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from remit.core.errors import Conflict, InputError
from remit.learning.confidence import Bounds

State = Literal["running", "rolled_back", "ended"]
Verb = Literal["advance", "promote", "hold", "roll_back"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: how it is called, and the share of subjects for whom the challenger decides."""

    name: str
    share: float


STEPS = (
    Step("shadow", 0.0),
    Step("canary 1 %", 0.01),
    Step("canary 5 %", 0.05),
    Step("canary 25 %", 0.25),
    Step("canary 50 %", 0.50),
    Step("live", 1.0),
)
LIVE = len(STEPS) - 1
UPDATE_CASES_MIN = 30
"""Fewer cases than these teach a slope and some shifts nothing."""

NOBODYS = -1
"""The floor of a rollout that no person has moved."""


@dataclass(frozen=True, slots=True)
class Plan:
    """By what a rollout is judged. Differences and `margin` are in shares of the spread of a case's rewards.

    `pairs_min` matured differences are needed at each step, of at least a share `labelled_min` of the matured cases.
    An outcome is due `horizon_days` after its decision. `alpha` is the level of each bound and of each guard;
    `turn_alpha` that of the detector of a turn: at most one false alarm in 1 / turn_alpha decisions.
    The guards: `errors_max` is the share of cases that the challenger may fail at; `latency_ms_max` what 95 of 100
    answers may take; `reward_min` the mean reward (as a share of the spread) below which it must not surely fall;
    `group_gap_max` by how much a protected group may surely fare worse with it. None switches a guard off.
    In a canary the challenger may be updated online `updates_max` times, by `update_cases_min` matured cases
    of the step at least; see `remit.learning.online`. By default it never is.
    """

    horizon_days: int
    margin: float = 0.02
    alpha: float = 0.05
    turn_alpha: float = 0.0001
    pairs_min: int = 100
    labelled_min: float = 0.5
    errors_max: float | None = 0.01
    latency_ms_max: float | None = 100.0
    reward_min: float | None = None
    group_gap_max: float | None = 0.1
    updates_max: int = 0
    update_cases_min: int = 200

    def __post_init__(self) -> None:
        shares = {"margin": self.margin, "alpha": self.alpha, "turn_alpha": self.turn_alpha}
        wrong = [name for name, value in shares.items() if not 0.0 < value < 1.0]
        if self.updates_max < 0 or self.update_cases_min < UPDATE_CASES_MIN:
            wrong.append(f"updates_max or update_cases_min (which is at least {UPDATE_CASES_MIN})")
        if wrong or self.pairs_min < 1 or self.horizon_days < 0 or not 0.0 <= self.labelled_min <= 1.0:
            what = ", ".join(wrong) or "pairs_min, horizon_days or labelled_min"
            raise InputError(f"a rollout cannot be judged by this {what}", code="rollout", mend="mend the plan")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One rollout as it stands; models are named by their SHA-256. Every move raises `version` by one.

    `floor` is the highest step that a person moved it to. `said` is what automation found at its last look.
    """

    id: str
    pack: str
    decision: str
    challenger: str
    champion: str
    salt: str
    plan: Plan
    version: int
    state: State
    step: int
    step_since: datetime
    reason: str
    started_by: str
    started_at: datetime
    floor: int = NOBODYS
    ended_by: str | None = None
    ended_at: datetime | None = None
    said: Mapping[str, Any] | None = None

    @property
    def share(self) -> float:
        """For which share of subjects the challenger decides now."""
        return STEPS[self.step].share if self.state == "running" else 0.0

    @property
    def is_canary(self) -> bool:
        return self.state == "running" and 0.0 < STEPS[self.step].share < 1.0

    @property
    def is_live(self) -> bool:
        return self.state == "running" and self.step == LIVE

    def to_json(self) -> dict[str, Any]:
        """The rollout as its readers see it."""
        return {
            "rollout_id": self.id,
            "pack": self.pack,
            "decision": self.decision,
            "challenger": self.challenger,
            "champion": self.champion,
            "state": self.state,
            "step": STEPS[self.step].name,
            "share": self.share,
            "step_since": self.step_since.isoformat(),
            "moved_by_a_person_to": None if self.floor == NOBODYS else STEPS[self.floor].name,
            "reason": self.reason,
            "started": {"by": self.started_by, "at": self.started_at.isoformat()},
            "ended": {"by": self.ended_by, "at": self.ended_at.isoformat()} if self.ended_at else None,
            "plan": self.plan.to_json(),
            "last_look": dict(self.said) if self.said else None,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a step: the bounds of the differences, of how many matured cases, and what guards say.

    `turn` is the evidence that it has become worse lately (see `confidence.evidence_of_a_turn`); `tripped` are the
    guards that tripped, each with what it saw.
    """

    bounds: Bounds
    matured: int
    turn: float = 0.0
    tripped: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "matured": self.matured,
            "pairs": self.bounds.count,
            "mean_difference": round(self.bounds.mean, 6),
            "lower": round(self.bounds.lower, 6),
            "upper": round(self.bounds.upper, 6),
            "turn": round(min(self.turn, 1e12), 6),
            "tripped": dict(self.tripped or {}),
        }


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be done with a rollout: the verb, the step that it leads to, why, and whether people must hear it."""

    verb: Verb
    step: int
    why: str
    alarms: bool = False


def judge(rollout: Rollout, evidence: Evidence) -> Move:
    """What automation does with a running rollout, given what is known of its present step."""
    worse = _worse(rollout.plan, evidence)
    if worse is not None:
        return _back(rollout, worse)
    bounds, plan = evidence.bounds, rollout.plan
    if rollout.step == LIVE:
        return Move("hold", LIVE, f"live, and not seen to be worse in {bounds.count} cases")
    if bounds.count < plan.pairs_min:
        return Move("hold", rollout.step, f"{bounds.count} of the {plan.pairs_min} cases that it takes have matured")
    if bounds.count < plan.labelled_min * evidence.matured:
        known = f"{bounds.count} of {evidence.matured} matured cases have an outcome"
        return Move("hold", rollout.step, f"{known}: too few to speak for the others")
    if bounds.lower > -plan.margin:
        verb: Verb = "promote" if rollout.step + 1 == LIVE else "advance"
        return Move(verb, rollout.step + 1, f"the lower bound {bounds.lower:+.4f} is above -{plan.margin}")
    return Move("hold", rollout.step, f"between {bounds.lower:+.4f} and {bounds.upper:+.4f} nothing is decided")


def moved(rollout: Rollout, move: Move, by: str, evidence: Evidence | None, now: datetime) -> Rollout:
    """The rollout after a move of automation. One that holds keeps its step, and what was found."""
    said = {"at": now.isoformat(), "verb": move.verb, "why": move.why, **(evidence.to_json() if evidence else {})}
    after = replace(rollout, version=rollout.version + 1, said=said)
    if move.verb == "hold":
        return after
    if move.verb == "roll_back" and rollout.floor == NOBODYS:
        return replace(after, state="rolled_back", ended_by=by, ended_at=now)
    return replace(after, step=move.step, step_since=now)


def moved_by_person(rollout: Rollout, step: int, by: str, reason: str, now: datetime) -> Rollout:
    """The rollout after a person moved it to a step: from there automation goes on, and never back past it.

    Raises:
        Conflict: it has ended.
        InputError: there is no such step, or it stands there already.
    """
    must_run(rollout)
    if not 0 <= step < len(STEPS) or step == rollout.step:
        raise InputError(f"the rollout cannot be moved from `{STEPS[rollout.step].name}` to there", code="rollout")
    said = {"at": now.isoformat(), "verb": "moved by a person", "why": reason, "by": by}
    return replace(rollout, version=rollout.version + 1, step=step, step_since=now, floor=step, said=said)


def rolled_back_by_person(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """The rollout after a person took it back, from whatever step. Raises Conflict: it has ended."""
    must_run(rollout)
    said = {"at": now.isoformat(), "verb": "rolled back by a person", "why": reason, "by": by}
    return replace(rollout, version=rollout.version + 1, state="rolled_back", ended_by=by, ended_at=now, said=said)


def updated(rollout: Rollout, challenger: str, why: str, now: datetime) -> Rollout:
    """The rollout with its challenger updated within a canary. The step begins anew: what is promoted was tried itself.

    Raises:
        Conflict: it has ended, or stands at no canary.
    """
    must_run(rollout)
    if not rollout.is_canary:
        raise Conflict(f"a challenger is updated in a canary, not in `{STEPS[rollout.step].name}`", mend="look again")
    said = {"at": now.isoformat(), "verb": "update", "why": why}
    return replace(rollout, version=rollout.version + 1, challenger=challenger, step_since=now, said=said)


def ended(rollout: Rollout, by: str, now: datetime) -> Rollout:
    """A live challenger that is watched no longer: another rollout begins from it."""
    return replace(rollout, version=rollout.version + 1, state="ended", ended_by=by, ended_at=now)


def must_run(rollout: Rollout) -> None:
    """Only a running rollout is moved. Raises Conflict."""
    if rollout.state != "running":
        raise Conflict(f"the rollout {rollout.id} is {rollout.state}", mend="look again: `remit learn status`")


def step_named(name: str) -> int:
    """The step of that name: shadow, 1, 5, 25, 50 or live. Raises InputError."""
    short = {each.name.removeprefix("canary ").removesuffix(" %"): index for index, each in enumerate(STEPS)}
    if name not in short:
        raise InputError(
            f"`{name[:40]}` is no step of a rollout", code="rollout", mend=f"it is one of {', '.join(short)}"
        )
    return short[name]


def _worse(plan: Plan, evidence: Evidence) -> str | None:
    """Why the challenger has to go back, if it has to."""
    if evidence.tripped:
        return "; ".join(f"{guard}: {saw}" for guard, saw in evidence.tripped.items())
    if evidence.bounds.upper < 0.0:
        return f"worse than the champion: the upper bound is {evidence.bounds.upper:+.4f}"
    if evidence.turn >= 1.0 / plan.turn_alpha:
        return f"it has turned worse lately: the evidence is {evidence.turn:.0f} to 1"
    return None


def _back(rollout: Rollout, why: str) -> Move:
    """Back to the champion; or only to the step that a person chose; or, standing there, not at all."""
    if rollout.floor == NOBODYS:
        return Move("roll_back", 0, why, alarms=True)
    where = STEPS[rollout.floor].name
    if rollout.step > rollout.floor:
        return Move("roll_back", rollout.floor, f"{why}; back to `{where}`, which a person chose", alarms=True)
    return Move("hold", rollout.step, f"{why}; a person chose `{where}`, so a person has to take it back", alarms=True)
