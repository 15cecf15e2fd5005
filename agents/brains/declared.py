"""The declared brain: plans from the pack's needs, proposes from its model or its rules. No LLM, and no chance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from remit.agents.aids import Aids
from remit.agents.ports import Weighed
from remit.core.errors import SystemFailed
from remit.core.words import Proposal
from remit.learning.ports import OutcomeModel
from remit.packs.pack import Decision
from remit.retrieval.needs import fill

PLACES = 6
"""Decimal places that probabilities are rounded to, so that a replay compares equal to the byte."""

_MODEL_FAILED = re.compile(r"The model failed \((?P<code>[^)]*)\); rules used\.")


def model_failure(proposal: Mapping[str, Any]) -> str | None:
    """The code of the error with which the model failed when this was proposed; None if it did not fail."""
    said = (_MODEL_FAILED.fullmatch(reason) for reason in proposal["reasons"])
    return next((match["code"] for match in said if match), None)


class DeclaredBrain:
    """Deterministic and always there.

    With a trained model it proposes the action of the highest expected reward; ties go to the action that the pack
    lists first. Confidence is the probability that the action pays: that its reward turns out positive, or the best
    that any action would have got. Without a model, or when the model fails, the rules table proposes.
    """

    name = "declared"

    def __init__(self, model: OutcomeModel | None = None) -> None:
        self._model = model

    def plan(self, decision: Decision, case: Mapping[str, Any]) -> dict[str, Any]:
        steps: list[dict[str, Any]] = [
            {
                "kind": "retrieve",
                "need": need.need,
                "query": fill(need.query, case),
                "min_sources": need.min_sources,
                "trusted": need.trusted,
                "max_age_days": need.max_age_days,
                "min_similarity": need.min_similarity,
            }
            for need in decision.needs_for(case)
        ]
        strategy = "model" if self._model is not None else "rules"
        steps.append({"kind": "propose", "strategy": strategy, "actions": list(decision.actions)})
        return {"decision": decision.name, "question": decision.question, "wording": 0, "steps": steps}

    def propose(
        self, decision: Decision, case: Mapping[str, Any], cites: tuple[str, ...], aids: Aids | None = None
    ) -> Proposal:
        features = decision.features_of(case)
        if self._model is None:
            return self._by_rules(decision, case, features, cites, note="")
        try:
            probabilities = self._probabilities(decision, features)
        except SystemFailed as error:
            return self._by_rules(decision, case, features, cites, note=f"The model failed ({error.code}); rules used.")
        return self._by_model(decision, case, features, cites, probabilities)

    def weigh(self, decision: Decision, case: Mapping[str, Any]) -> Weighed | None:
        if self._model is None:
            return None
        try:
            probabilities = self._probabilities(decision, decision.features_of(case))
        except SystemFailed:
            return None
        rewards = decision.rewards(case)
        return Weighed(
            _expected(rewards, probabilities), {name: _pays(rewards, probabilities, name) for name in rewards}
        )

    def _probabilities(self, decision: Decision, features: Mapping[str, Any]) -> dict[str, float]:
        assert self._model is not None
        seen = {name: features[name] for name in decision.model_features}
        return {outcome: round(value, PLACES) for outcome, value in self._model.probabilities(seen).items()}

    def _by_model(
        self,
        decision: Decision,
        case: Mapping[str, Any],
        features: Mapping[str, Any],
        cites: tuple[str, ...],
        probabilities: Mapping[str, float],
    ) -> Proposal:
        rewards = decision.rewards(case)
        expected = _expected(rewards, probabilities)
        action = max(expected, key=lambda name: expected[name])
        likely = ", ".join(
            f"{outcome} {value:.2f}"
            for outcome, value in sorted(probabilities.items(), key=lambda item: (-item[1], item[0]))[:3]
        )
        worth = ", ".join(
            f"{name} {value:+.2f}" for name, value in sorted(expected.items(), key=lambda item: (-item[1], item[0]))
        )
        assert self._model is not None
        return Proposal(
            action=action,
            args=decision.arguments(action, case, features),
            confidence=_pays(rewards, probabilities, action),
            propensity=1.0,
            reasons=(f"The model expects {decision.outcome.name}: {likely}.", f"Expected reward: {worth}."),
            cites=cites,
            proposer=f"model:{self._model.sha256[:12]}",
        )

    def _by_rules(
        self,
        decision: Decision,
        case: Mapping[str, Any],
        features: Mapping[str, Any],
        cites: tuple[str, ...],
        note: str,
    ) -> Proposal:
        row = decision.rule_for(case, features)
        return Proposal(
            action=row.action,
            args=decision.arguments(row.action, case, features, row),
            confidence=row.confidence,
            propensity=1.0,
            reasons=tuple(reason for reason in (row.reason, note) if reason),
            cites=cites,
            proposer="rules",
        )


def _expected(rewards: Mapping[str, Mapping[str, float]], probabilities: Mapping[str, float]) -> dict[str, float]:
    """The expected reward of each action."""
    return {
        action: round(sum(probabilities[outcome] * reward for outcome, reward in of.items()), PLACES)
        for action, of in rewards.items()
    }


def _pays(rewards: Mapping[str, Mapping[str, float]], probabilities: Mapping[str, float], action: str) -> float:
    """How likely an action's reward turns out positive, or the best that any action would have got."""
    best = {outcome: max(of[outcome] for of in rewards.values()) for outcome in probabilities}
    pays = (
        probabilities[outcome] for outcome, reward in rewards[action].items() if reward > 0 or reward == best[outcome]
    )
    return round(min(1.0, sum(pays)), PLACES)
