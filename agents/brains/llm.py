"""The brain with a language model: it chooses among the actions that are permitted, and says why. Nothing else is its.

The plan is the declared brain's, so what may be proposed and what is looked up is settled before a document is read.
The arguments are the pack's, and how sure the proposal is says the trained model that the prompt version stands on. An
answer that is late, cannot be read, or does not hold leaves the declared proposal as it is, with a reason that says so;
of some a person has to know (`remit.agents.brains.heeding`). Every call is on the tape.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from remit.agents.aids import Aids, LanguageModel
from remit.agents.brains.checking import Answer, Wrong, as_recorded, checked
from remit.agents.brains.declared import model_failure
from remit.agents.brains.heeding import HEEDED, note
from remit.agents.brains.prompting import again, facts_of, passages_of, prompt_for
from remit.agents.ports import Brain, Weighed
from remit.agents.tape import Spoken, Tape
from remit.core.errors import Undecidable
from remit.core.words import Proposal
from remit.learning.prompt import PromptVersion
from remit.packs.pack import Decision

PROPOSER = "llm:"
"""How the proposer of a heeded proposal begins; the rest names the prompt version."""
_FINAL = frozenset({"unsure", "refused", "unpermitted"})
"""To ask again would only press the model for another word."""


class LlmBrain:
    """`remit.agents.ports.Brain` over a prompt version and a language model.

    Args:
        model: None where the model that the version names is not set here; then it is never heeded.
        otherwise: the declared brain, with the trained model that the version stands on.
        steady_seconds: a clock that only goes forward.
    """

    name = "llm"

    def __init__(
        self,
        version: PromptVersion,
        model: LanguageModel | None,
        otherwise: Brain,
        steady_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.version = version
        self._model = model
        self._otherwise = otherwise
        self._now = steady_seconds

    def plan(self, decision: Decision, case: Mapping[str, Any]) -> dict[str, Any]:
        made = self._otherwise.plan(decision, case)
        steps = [{**step, "strategy": self.name} if step["kind"] == "propose" else step for step in made["steps"]]
        return {**made, "steps": steps}

    def propose(
        self, decision: Decision, case: Mapping[str, Any], cites: tuple[str, ...], aids: Aids | None = None
    ) -> Proposal:
        aids = aids or Aids()
        declared = self._otherwise.propose(decision, case, cites)
        permitted = list(decision.actions) if aids.permitted is None else list(aids.permitted(declared))
        tape = Tape(self.version.sha256, aids.wording, recorded=aids.recorded, steady_seconds=self._now)
        answer = self._answer(decision, case, cites, permitted, aids, tape) if permitted else Wrong("unpermitted", "")
        aids.calls.extend(tape.calls)
        if isinstance(answer, Wrong):
            return replace(declared, reasons=(*declared.reasons, note(answer.code)))
        return self._heeded(decision, case, cites, declared, answer)

    def weigh(self, decision: Decision, case: Mapping[str, Any]) -> Weighed | None:
        """None: what no model has put a price on is not explored."""
        return None

    def falling_back_on(self, otherwise: Brain) -> LlmBrain:
        """The same with another brain behind it."""
        return LlmBrain(self.version, self._model, otherwise, self._now)

    @property
    def otherwise(self) -> Brain:
        """The brain behind it."""
        return self._otherwise

    def _answer(
        self,
        decision: Decision,
        case: Mapping[str, Any],
        cites: tuple[str, ...],
        permitted: Sequence[str],
        aids: Aids,
        tape: Tape,
    ) -> Answer | Wrong:
        """The first answer within the budget that holds; else what was wrong with the last one."""
        own = decision.features_of(case)
        features = {name: own[name] for name in decision.model_features}
        passages = passages_of(cites, aids.texts(cites) if aids.texts is not None else {})
        prompt = prompt_for(self.version, decision, features, permitted, passages)
        found: Answer | Wrong = Wrong("budget", "")
        budget = self.version.parameters
        for _ in range(budget.steps_max):
            left = budget.seconds_max - tape.took_ms / 1000
            if left <= 0 or tape.tokens + prompt.tokens + prompt.answer_tokens_max > budget.tokens_max:
                return found if tape.calls else Wrong("budget", "")
            spoken = tape.ask(prompt, lambda sent, left=left: self._say(sent, left))  # type: ignore[misc]
            late = tape.took_ms > 1000 * budget.seconds_max
            found = self._judged(spoken, late, permitted, features, passages, aids, tape)
            tape.judged(HEEDED if isinstance(found, Answer) else found.code)
            if isinstance(found, Answer) or spoken.failed or late or found.code in _FINAL:
                return found
            prompt = again(prompt, spoken.text, found.why)
        return found

    def _say(self, prompt: Any, seconds: float) -> Spoken:
        return Spoken(failed="not_set") if self._model is None else self._model.say(prompt, seconds)

    def _judged(
        self,
        spoken: Spoken,
        late: bool,
        permitted: Sequence[str],
        features: Mapping[str, Any],
        passages: Mapping[str, str],
        aids: Aids,
        tape: Tape,
    ) -> Answer | Wrong:
        if spoken.failed or late:
            return Wrong(spoken.failed or "late", "")
        then = tape.judged_then
        if aids.texts is None and then is not None:  # the passages are not at hand, so what was found then counts
            return as_recorded(spoken.text) if then == HEEDED else Wrong(then, "")
        return checked(spoken.text, permitted, facts_of(features), passages)

    def _heeded(
        self, decision: Decision, case: Mapping[str, Any], cites: tuple[str, ...], declared: Proposal, answer: Answer
    ) -> Proposal:
        """The model's action with the pack's arguments, as sure as the trained model is of it."""
        try:
            args = decision.arguments(answer.action, case, decision.features_of(case))
        except Undecidable:
            return replace(declared, reasons=(*declared.reasons, note("unpermitted")))
        failed = [reason for reason in declared.reasons if model_failure({"reasons": [reason]})]
        weighed = self._otherwise.weigh(decision, case)
        if weighed is not None:
            confidence = weighed.confidence[answer.action]
        else:
            confidence = declared.confidence if declared.action == answer.action else 0.0
        return Proposal(
            action=answer.action,
            args=declared.args if declared.action == answer.action else args,
            confidence=confidence,
            propensity=1.0,
            reasons=(*answer.reasons, *failed),
            cites=tuple(cite for n, cite in enumerate(cites, start=1) if f"P{n}" in answer.marks),
            proposer=f"{PROPOSER}{self.version.sha256[:12]}",
        )
