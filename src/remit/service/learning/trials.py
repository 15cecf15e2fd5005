"""What a registered model would have proposed for past decisions; a language model is asked once, and its tape is kept.

What it said in its shadow, or when it decided, is on the decision's own tape and counts as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from remit.agents.aids import Aids
from remit.agents.brains.llm import LlmBrain
from remit.agents.choice import permitted
from remit.agents.ports import Brain
from remit.agents.records import StoredDecision
from remit.core.errors import RemitError, SystemFailed
from remit.packs.pack import Decision, Pack
from remit.service.services import Services

ASKED_MAX = 500
"""So many decisions a prompt version is asked about at one look of the gate: each is a call that somebody pays for."""

_NOBODY = ("not_set", "language_model")
"""So a call ends that says nothing of the version: it is not kept, and counts neither way."""


@dataclass
class Trials:
    """The proposals of one model. `asked` counts the decisions that its language model was asked about just now."""

    services: Services
    pack: Pack
    decision: Decision
    brain: Brain
    asked: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether no more may be asked at this look."""
        return self.asked >= ASKED_MAX

    @property
    def asks(self) -> bool:
        """Whether it is a language model that proposes."""
        return isinstance(self.brain, LlmBrain)

    def on_tape(self, some: Sequence[StoredDecision]) -> Mapping[str, list[dict[str, Any]]]:
        """The tapes of those on which it has been heard already."""
        if not isinstance(self.brain, LlmBrain):
            return {}
        version = self.brain.version.sha256
        with self.services.store.read() as unit:
            found = unit.trials.of(version, [each.run.decision_id for each in some])
        for stored in some:
            tape = [] if stored.judgement is None else stored.judgement.tape
            own = [call for call in tape if call["version"] == version]
            if own:
                found[stored.run.decision_id] = own
        return found

    def proposed(self, stored: StoredDecision, tape: Sequence[Mapping[str, Any]] | None) -> str | None:
        """The action for a past case; None where the model fails. Raises SystemFailed: nobody answers who is asked."""
        brain, judgement = self.brain, stored.judgement
        if not isinstance(brain, LlmBrain) or judgement is None:
            return self._action(stored, (), Aids())
        cites, wording = tuple(judgement.proposal["cites"]), judgement.plan.get("wording", 0)
        if tape is not None:
            return self._action(stored, cites, Aids(wording=wording, recorded=tape))
        offered = permitted(judgement.choice) if judgement.choice else list(self.decision.actions)
        aids = Aids(texts=self._texts, permitted=lambda _: offered, wording=wording)
        action = self._action(stored, cites, aids)
        if any(call["verdict"] in _NOBODY for call in aids.calls):
            raise SystemFailed(
                f"the language model `{brain.version.model}` is not set here, or does not answer",
                code="language_model",
                mend="look at REMIT_LLM and at its provider, and ask again",
            )
        self.asked += 1
        with self.services.store.write() as unit:
            unit.trials.keep(brain.version.sha256, stored.run.decision_id, aids.calls)
        return action

    def _action(self, stored: StoredDecision, cites: tuple[str, ...], aids: Aids) -> str | None:
        try:
            return self.brain.propose(self.decision, stored.run.case, cites, aids).action
        except RemitError:
            return None

    def _texts(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The passages as they are now; what has left the knowledge since is not shown."""
        return self.services.parts.corpus(self.pack.name).texts(ids)
