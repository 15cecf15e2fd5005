"""The vocabulary of the packs that load."""

from __future__ import annotations

from remit.chat.vocabulary import DecisionWords, Vocabulary
from remit.core.errors import RemitError
from remit.packs.pack import Decision
from remit.service.services import Services


def vocabulary(services: Services) -> Vocabulary:
    """What questions can be about now. A pack that does not load has no words."""
    return Vocabulary(tuple(_words(services)), services.clock.now())


def _words(services: Services) -> list[DecisionWords]:
    found = []
    for name in services.library.names():
        try:
            pack = services.pack(name)
            figures = services.kpis(pack)
        except RemitError:
            continue
        for decision in pack.decisions.values():
            declared = (each.name for each in figures[decision.name] if not each.counted)
            found.append(decision_words(name, decision, tuple(declared)))
    return found


def decision_words(ref: str, decision: Decision, figures: tuple[str, ...] = ()) -> DecisionWords:
    """What one decision of a pack is made of."""
    return DecisionWords(
        pack=ref,
        decision=decision.name,
        actions=tuple(decision.actions),
        fields=decision.contract.record.fields,
        subject=decision.subject,
        figures=figures,
    )
