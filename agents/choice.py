"""The choice: of which actions, with what probabilities, by which draw one was proposed. Recorded before acting.

Learning from decisions needs what was *not* done as well: the actions that the contract would have let pass, and the
probability with which each was proposed (Horvitz and Thompson 1952; Bottou et al., JMLR 2013). A probability that
cannot be computed again from the record is worth nothing: `inconsistent` does that, and what fails is not learnt from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from remit.agents.exploring import Record, explored, probabilities_of, weighed_of
from remit.agents.guard import facts_of
from remit.agents.ports import Deps, Weighed
from remit.agents.records import Run
from remit.agents.state import State
from remit.core.errors import Undecidable
from remit.core.words import Effect, Proposal, plain
from remit.packs.pack import Decision
from remit.policies.facts import Used, misfits, window_of

Masked = Effect | Literal["unfit"]
"""What the contract says of a candidate; `unfit` when the pack has no arguments for it in this case."""

_SEED_BITS = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """How an action came to be proposed.

    `features` are those that were served: of the case as it was at `event_at`, all known at `known_at` (RFC 3339).
    `mask` is what the contract said of every declared action, with limits of which nothing was used. `probabilities`
    holds every declared action, in the pack's order, and sums to one; `seed` (16 hex digits) drew `proposed` from it.
    `exploration` is there where another action might have been explored; see `remit.agents.exploring`.
    What was to be executed stands in the judgement's proposal; who changed it, and from what, in its edit.
    """

    features: dict[str, Any]
    event_at: str
    known_at: str
    mask: dict[str, Masked]
    probabilities: dict[str, float]
    seed: str
    proposed: str
    exploration: Record | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is recorded. Where nothing is explored it does not say so."""
        said = plain(self)
        if said["exploration"] is None:
            del said["exploration"]
        return said


def choose(proposal: Proposal, state: State, deps: Deps) -> tuple[Proposal, Choice]:
    """The action that is proposed, and the record of how.

    The proposer's best action gets all of the probability, but for what the pack lets explore. It may be one that the
    contract denies; then the denial is what is recorded, as the guard will say.

    Raises:
        Undecidable: a feature cannot be computed.
    """
    run = deps.run
    features = deps.decision.features_of(run.case)
    weighed = weighed_of(deps)
    candidates = _candidates(proposal, features, weighed, deps)
    mask = _mask(candidates, proposal, state, deps)
    exploration = None if weighed is None else explored(proposal.action, weighed, mask, state, deps)
    probabilities = shares_of(deps.decision, proposal.action, mask, exploration)
    seed = seed_of(run)
    drawn = draw(probabilities, seed)
    chosen = replace(candidates[drawn] or proposal, propensity=probabilities[drawn])
    if drawn != proposal.action:
        reason = f"Explored, to learn what it brings: proposed with probability {probabilities[drawn]:.3f}."
        chosen = replace(chosen, reasons=(*chosen.reasons, reason))
    at = run.at.isoformat()
    choice = Choice(
        features=features,
        event_at=at,
        known_at=at,
        mask=mask,
        probabilities=probabilities,
        seed=seed,
        proposed=drawn,
        exploration=exploration,
    )
    return chosen, choice


def passing(proposal: Proposal, state: State, deps: Deps) -> list[str]:
    """The declared actions that the contract would not deny, were they proposed as this one is. Raises Undecidable."""
    features = deps.decision.features_of(deps.run.case)
    mask = _mask(_candidates(proposal, features, None, deps), proposal, state, deps)
    return permitted({"mask": mask})


def shares_of(
    decision: Decision, best: str, mask: Mapping[str, Any], exploration: Mapping[str, Any] | None
) -> dict[str, float]:
    """The probability of every declared action, by what is on record. Replay and training compute it again."""
    if exploration is None:
        return spread(best, decision.actions)
    return probabilities_of(decision, best, mask, exploration)


def spread(best: str, actions: Iterable[str]) -> dict[str, float]:
    """With what probability each action is proposed when that one is the best: nothing is explored, it gets all."""
    return {action: float(action == best) for action in actions}


def permitted(choice: Mapping[str, Any]) -> list[str]:
    """The actions of a recorded choice that the contract lets pass, at once or by way of a person."""
    return [action for action, said in choice["mask"].items() if said in ("allow", "escalate")]


def seed_of(run: Run) -> str:
    """The seed of a decision: its own, not to be guessed beforehand, and gone with the case once that is erased."""
    return run.commit(["choice", run.decision_id])[: _SEED_BITS // 4]


def draw(probabilities: Mapping[str, float], seed: str) -> str:
    """The action that a seed draws: where a uniform number falls among the probabilities, in their order."""
    point = int(seed, 16) / 2**_SEED_BITS
    reached = 0.0
    possible = [(action, share) for action, share in probabilities.items() if share > 0]
    for action, share in possible:
        reached += share
        if point < reached:
            return action
    return possible[-1][0]  # rounding alone leads here


def inconsistent(run: Run, choice: Mapping[str, Any], propensity: float) -> str | None:
    """Why a recorded choice cannot be what was done; None when all of it can be computed again."""
    shares = choice["probabilities"]
    proposed = choice["proposed"]
    if any(not 0 <= share <= 1 for share in shares.values()) or abs(sum(shares.values()) - 1) > 1e-9:
        return "the probabilities are none"
    if choice["seed"] != seed_of(run):
        return "the seed is of no such decision"
    if draw(shares, choice["seed"]) != proposed:
        return "the seed draws another action"
    if shares[proposed] != propensity:
        return "the propensity is not the probability of what was proposed"
    return None


def _candidates(
    proposal: Proposal, features: Mapping[str, Any], weighed: Weighed | None, deps: Deps
) -> dict[str, Proposal | None]:
    """What each declared action would look like as a proposal; None where it has no arguments.

    Each is as sure as this one; where actions are explored, as sure as the model is of it.
    """
    sure = {} if weighed is None else weighed.confidence
    declared = {
        action: _candidate(action, replace(proposal, confidence=sure.get(action, proposal.confidence)), features, deps)
        for action in deps.decision.actions
    }
    return {**declared, proposal.action: proposal}


def _candidate(action: str, proposal: Proposal, features: Mapping[str, Any], deps: Deps) -> Proposal | None:
    if action == proposal.action:
        return proposal
    try:
        args = deps.decision.arguments(action, deps.run.case, features)
    except Undecidable:
        return None
    fits = not any(misfits(deps.decision.actions[action].schema.args, args))
    return replace(proposal, action=action, args=args) if fits else None


def _mask(candidates: Mapping[str, Proposal | None], proposal: Proposal, state: State, deps: Deps) -> dict[str, Masked]:
    """What the contract says of each candidate, were no limit used by then.

    What limits have counted changes by the second and cannot be asked for again; the guard looks at it.
    """
    at = datetime.fromisoformat(state["at"])
    policy = deps.decision.policy
    unused = {limit: Used(window_of(per, at), 0) for limit, per in policy.windows.items()}
    # Candidates differ in action and arguments alone; all else that a contract may look at is made once.
    facts = replace(facts_of({**state, "proposal": proposal.to_json()}, deps.run, at), usage=unused)
    fit = {action: each for action, each in candidates.items() if each is not None}
    said = policy.evaluate_each([replace(facts, action=action, args=each.args) for action, each in fit.items()])
    effects = {action: verdict.effect for action, verdict in zip(fit, said, strict=True)}
    return {action: effects.get(action, "unfit") for action in candidates}
