"""Hold a candidate against the champion by what was decided since it was registered, and keep the gate's word.

Where the log explored, it is judged off-policy (`remit.learning.gate`). Where every action was certain, no weight can
tell what another one would have brought; but the outcome that a pack declares is a fact of the world, so both models'
actions are worth what its reward says, and the difference of each case is judged by a confidence sequence.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from remit.agents.choice import inconsistent
from remit.agents.records import FINAL, Judgement, StoredDecision, Wanted
from remit.core.canonical import digest
from remit.core.errors import Undecidable
from remit.core.words import Actor
from remit.learning.confidence import confidence_sequence
from remit.learning.gate import Candidate, Conditions, Scale, State, judge
from remit.learning.logged import Log, Logged
from remit.learning.outcomes import ReportedOutcome
from remit.learning.registry import GateResult, GateWord, RegisteredModel
from remit.packs.pack import Decision
from remit.service.learning.common import meant, must_manage, outcome_of, worth
from remit.service.learning.register import must_pin
from remit.service.learning.trials import Trials
from remit.service.services import Services

PAGE = 500
ROWS_MIN = 200
"""Fewer matured cases than this say nothing, whatever they say."""
LABELLED_MIN = 0.5
CERTAIN = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class _Case:
    """One logged decision.

    `difference` is what the challenger's action was worth beside the one that was proposed; `is_known` says that there
    is an outcome, and `is_certain` that nothing but the proposed action could have been.
    """

    logged: Logged
    difference: float
    is_known: bool
    is_certain: bool


@dataclass
class _Heard:
    """All cases, as little of each as both ways to judge need: there may be a million."""

    log: Log = field(default_factory=Log)
    differences: array[float] = field(default_factory=lambda: array("d"))
    known: int = 0
    are_certain: bool = True

    def hear(self, case: _Case) -> None:
        self.log.add(case.logged)
        self.are_certain = self.are_certain and case.is_certain
        if case.logged.matured:
            self.differences.append(case.difference)
            self.known += case.is_known


def run_gate(
    services: Services,
    pack_ref: str,
    challenger: str,
    actor: Actor,
    *,
    decision: str | None = None,
    alpha: float = 0.05,
    rows_min: int = ROWS_MIN,
) -> dict[str, Any]:
    """Judge a registered model against the present champion: promote, hold or refuse, with reasons and numbers.

    It may be asked as often as one likes: what it promises holds at every moment.

    Raises:
        NotFound, SourceError: there is no such pack, decision or model.
        InputError: the decision proposes by rules, or alpha is none.
        SystemFailed: the language model of a prompt version is not set, or does not answer; ask again later.
        Refused: the actor may not manage models.
    """
    must_manage(actor)
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    champion = must_pin(chosen).sha256
    with services.store.read() as unit:
        model = meant(unit.models.of(pack.name, chosen.name), challenger)
        before = [
            each
            for each in unit.models.gates(pack.name, chosen.name)
            if (each.challenger, each.champion) == (model.sha256, champion)
        ]
    trials = Trials(services, pack, chosen, services.models.brain_of(pack, chosen.name, model.sha256))
    heard = _Heard()
    for case in _cases(trials, model):
        heard.hear(case)
    conditions = Conditions(alpha=alpha, rows_min=rows_min, scale=Scale())
    if not heard.are_certain:
        report = _off_policy(heard.log, model, conditions, before)
    else:
        report = _declared(heard, conditions)
    if trials.asks:
        report = {**report, "asked": trials.asked, "asked_all": not trials.is_spent}
    result = GateResult(
        id=services.ids.new(),
        pack=pack.name,
        decision=chosen.name,
        challenger=model.sha256,
        champion=champion,
        word=report["outcome"],
        report=report,
        report_sha256=digest(report),
        by=actor.id,
        at=services.clock.now(),
    )
    with services.store.write() as unit:
        unit.models.add_gate(result)
        body = {name: value for name, value in result.to_json().items() if name != "report"}
        unit.journal.append("gate.evaluated", actor=actor, body={**body, "reasons": report["reasons"]})
    return result.to_json()


def _off_policy(
    log: Log, model: RegisteredModel, conditions: Conditions, before: Sequence[GateResult]
) -> dict[str, Any]:
    """By weights; what was bet at an earlier look is not bet again."""
    states = [State.from_json(each.report["state"]) for each in before if each.report["method"] == "off_policy"]
    candidate = Candidate(model.sha256, model.registered_at)
    judged = judge(candidate, log, conditions, states[-1] if states else None)
    return {"method": "off_policy", **judged.to_json()}


def _declared(heard: _Heard, conditions: Conditions) -> dict[str, Any]:
    """By differences of what both actions were worth.

    What is not known of a matured case counts against the challenger, but for a case in which both do the same.
    """
    matured, known = len(heard.differences), heard.known
    bounds = confidence_sequence(heard.differences, conditions.alpha)
    numbers = {
        "counts": {"logged": len(heard.log), "evidence": matured, "without_outcome": matured - known},
        "mean_difference": bounds.mean,
        "lower": bounds.lower,
        "upper": bounds.upper,
        "alpha": conditions.alpha,
    }
    word, reason = _word(matured, known, bounds.lower, bounds.upper, conditions.rows_min)
    return {"method": "declared_outcome", "outcome": word, "reasons": [reason], "numbers": numbers}


def _word(matured: int, known: int, lower: float, upper: float, rows_min: int) -> tuple[GateWord, str]:
    if matured < rows_min:
        return "hold", f"{matured} matured cases are too few; at least {rows_min} are needed"
    if known < LABELLED_MIN * matured:
        return "refuse", f"{known} of {matured} matured cases have an outcome: too few to speak for the others"
    if lower > 0.0:
        return "promote", f"better than the champion by {lower:+.4f} at least"
    return "hold", f"between {lower:+.4f} and {upper:+.4f} it is not seen to be better"


def _cases(trials: Trials, model: RegisteredModel) -> Iterator[_Case]:
    """What was decided since the model was registered, oldest first: judged, final, and as the model proposed it.

    A language model is asked about what has matured, and about so many at one look: what is beyond is left to the next.
    """
    services, pack, decision = trials.services, trials.pack, trials.decision
    wanted = Wanted(pack=pack.name, decision=decision.name, since=model.registered_at)
    now, above = services.clock.now(), ""
    while True:
        with services.store.read() as unit:
            some = unit.decisions.judged(wanted, PAGE, above=above)
            reports = unit.outcomes.of_all([each.run.decision_id for each in some])
        if not some:
            return
        above = some[-1].run.decision_id
        heard = trials.on_tape(some)
        for stored in some:
            judgement, tape = stored.judgement, heard.get(stored.run.decision_id)
            if judgement is None or judgement.edit or stored.stage not in FINAL:
                continue
            if trials.asks and tape is None:
                if trials.is_spent:
                    return
                if not _has_matured(decision, stored, now):
                    continue
            challenger = trials.proposed(stored, tape)
            yield _case(decision, challenger, stored, judgement, reports.get(stored.run.decision_id, []), now)


def _case(
    decision: Decision,
    challenger: str | None,
    stored: StoredDecision,
    judgement: Judgement,
    reports: Sequence[ReportedOutcome],
    now: datetime,
) -> _Case:
    choice, action = judgement.choice, judgement.proposal["action"]["name"]
    probabilities = choice["probabilities"] if choice else {action: 1.0}
    of = _worth(decision, stored, outcome_of(decision, reports))
    propensity, theirs = probabilities[action], probabilities.get(challenger or "", 0.0)
    explained = bool(choice) and not inconsistent(stored.run, choice, judgement.proposal["propensity"])
    logged = Logged(
        decision_id=stored.run.decision_id,
        decided_at=stored.run.at,
        propensity=propensity,
        challenger=float(challenger == action),
        reward=None if of is None else of[action],
        matured=_has_matured(decision, stored, now),
        recomputed=propensity if explained else None,
        weight_max=1.0 / theirs if theirs > 0.0 else 0.0,
        unsupported=0.0 if theirs > 0.0 else 1.0,
    )
    return _Case(logged, _difference(challenger, action, of), of is not None, max(probabilities.values()) >= CERTAIN)


def _difference(challenger: str | None, proposed: str, of: dict[str, float] | None) -> float:
    """What is not known counts against the challenger, but for a case in which both do the same."""
    if challenger == proposed:
        return 0.0
    if of is None or challenger is None:
        return -1.0
    return of[challenger] - of[proposed]


def _has_matured(decision: Decision, stored: StoredDecision, now: datetime) -> bool:
    return stored.run.at + timedelta(days=decision.outcome.horizon_days) <= now


def _worth(decision: Decision, stored: StoredDecision, outcome: str | None) -> dict[str, float] | None:
    try:
        of = worth(decision, stored, outcome)
    except Undecidable:
        return None
    return None if of is None else dict(of)
