"""Hold a candidate against the champion by what was decided since it was registered, and keep the gate's word.

Where the log explored, it is judged off-policy (`remit.learning.gate`). Where every action was certain, no weight can
tell what another one would have brought; but the outcome that a pack declares is a fact of the world, so both models'
actions are worth what its reward says, and the difference of each case is judged by a confidence sequence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from remit.agents.choice import inconsistent
from remit.agents.ports import Brain
from remit.agents.records import FINAL, StoredDecision, Wanted
from remit.core.canonical import digest
from remit.core.errors import RemitError, Undecidable
from remit.core.words import Actor
from remit.learning.confidence import confidence_sequence
from remit.learning.gate import Candidate, Conditions, Logged, Scale, State, judge
from remit.learning.registry import GateResult, GateWord, RegisteredModel
from remit.packs.pack import Decision, Pack
from remit.service.learning.common import meant, must_manage, outcome_of, worth
from remit.service.learning.register import must_pin
from remit.service.services import Services

PAGE = 500
ROWS_MIN = 200
"""Fewer matured cases than this say nothing, whatever they say."""
LABELLED_MIN = 0.5
CERTAIN = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class _Case:
    """One logged decision: what both models would do, the logged probabilities, and what each action was worth.

    `of` is None while no outcome is known; `recomputed` says that the record explains its own propensity.
    """

    decision_id: str
    at: datetime
    proposed: str
    probabilities: dict[str, float]
    challenger: str | None
    of: dict[str, float] | None
    matured: bool
    recomputed: bool


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
    cases = list(_cases(services, pack, chosen, model))
    conditions = Conditions(alpha=alpha, rows_min=rows_min, scale=Scale())
    if any(max(case.probabilities.values()) < CERTAIN for case in cases):
        report = _off_policy(cases, model, conditions, before)
    else:
        report = _declared(cases, conditions)
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
    cases: Sequence[_Case], model: RegisteredModel, conditions: Conditions, before: Sequence[GateResult]
) -> dict[str, Any]:
    """By weights; what was bet at an earlier look is not bet again."""
    states = [State.from_json(each.report["state"]) for each in before if each.report["method"] == "off_policy"]
    candidate = Candidate(model.sha256, model.registered_at)
    judged = judge(candidate, [_logged(case) for case in cases], conditions, states[-1] if states else None)
    return {"method": "off_policy", **judged.to_json()}


def _logged(case: _Case) -> Logged:
    theirs = case.probabilities.get(case.challenger or "", 0.0)
    propensity = case.probabilities[case.proposed]
    return Logged(
        decision_id=case.decision_id,
        decided_at=case.at,
        propensity=propensity,
        challenger=float(case.challenger == case.proposed),
        reward=None if case.of is None else case.of[case.proposed],
        matured=case.matured,
        recomputed=propensity if case.recomputed else None,
        weight_max=1.0 / theirs if theirs > 0.0 else 0.0,
        unsupported=0.0 if theirs > 0.0 else 1.0,
    )


def _declared(cases: Sequence[_Case], conditions: Conditions) -> dict[str, Any]:
    """By differences of what both actions were worth.

    What is not known of a matured case counts against the challenger, but for a case in which both do the same.
    """
    matured = [case for case in cases if case.matured]
    differences = [_difference(case) for case in matured]
    known = sum(case.of is not None for case in matured)
    bounds = confidence_sequence(differences, conditions.alpha)
    numbers = {
        "counts": {"logged": len(cases), "evidence": len(matured), "without_outcome": len(matured) - known},
        "mean_difference": bounds.mean,
        "lower": bounds.lower,
        "upper": bounds.upper,
        "alpha": conditions.alpha,
    }
    word, reason = _word(len(matured), known, bounds.lower, bounds.upper, conditions.rows_min)
    return {"method": "declared_outcome", "outcome": word, "reasons": [reason], "numbers": numbers}


def _word(matured: int, known: int, lower: float, upper: float, rows_min: int) -> tuple[GateWord, str]:
    if matured < rows_min:
        return "hold", f"{matured} matured cases are too few; at least {rows_min} are needed"
    if known < LABELLED_MIN * matured:
        return "refuse", f"{known} of {matured} matured cases have an outcome: too few to speak for the others"
    if lower > 0.0:
        return "promote", f"better than the champion by {lower:+.4f} at least"
    return "hold", f"between {lower:+.4f} and {upper:+.4f} it is not seen to be better"


def _difference(case: _Case) -> float:
    if case.challenger == case.proposed:
        return 0.0
    if case.of is None or case.challenger is None:
        return -1.0
    return case.of[case.challenger] - case.of[case.proposed]


def _cases(services: Services, pack: Pack, decision: Decision, model: RegisteredModel) -> Iterator[_Case]:
    """What was decided since the model was registered, oldest first: judged, final, and as the model proposed it."""
    brain = services.models.brain_of(pack, decision.name, model.sha256)
    horizon = timedelta(days=decision.outcome.horizon_days)
    now = services.clock.now()
    for decision_id in reversed(_ids(services, pack, decision, model.registered_at)):
        with services.store.read() as unit:
            stored, reports = unit.decisions.get(decision_id), unit.outcomes.of(decision_id)
        judgement = stored.judgement
        if judgement is None or judgement.edit or stored.erased_at is not None or stored.stage not in FINAL:
            continue
        choice = judgement.choice
        action = judgement.proposal["action"]["name"]
        consistent = bool(choice) and not inconsistent(stored.run, choice, judgement.proposal["propensity"])
        yield _Case(
            decision_id=decision_id,
            at=stored.run.at,
            proposed=action,
            probabilities=dict(choice["probabilities"]) if choice else {action: 1.0},
            challenger=_proposed(brain, decision, stored),
            of=_worth(decision, stored, outcome_of(decision, reports)),
            matured=stored.run.at + horizon <= now,
            recomputed=consistent,
        )


def _ids(services: Services, pack: Pack, decision: Decision, since: datetime) -> list[str]:
    """Their ids, the newest first."""
    wanted = Wanted(pack=pack.name, decision=decision.name, since=since)
    found: list[str] = []
    while True:
        with services.store.read() as unit:
            page = unit.decisions.page(wanted, PAGE, after=found[-1] if found else None)
        found.extend(each.decision_id for each in page)
        if len(page) < PAGE:
            return found


def _proposed(brain: Brain, decision: Decision, stored: StoredDecision) -> str | None:
    try:
        return brain.propose(decision, stored.run.case, ()).action
    except RemitError:
        return None


def _worth(decision: Decision, stored: StoredDecision, outcome: str | None) -> dict[str, float] | None:
    try:
        of = worth(decision, stored, outcome)
    except Undecidable:
        return None
    return None if of is None else dict(of)
