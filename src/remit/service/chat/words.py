"""The vocabulary of the packs that load."""

from __future__ import annotations

from remit.chat.vocabulary import PackWords, Vocabulary
from remit.core.errors import RemitError
from remit.packs.pack import Decision, Pack
from remit.service.services import Services


def vocabulary(services: Services) -> Vocabulary:
    """What questions can be about now. A pack that does not load has no words."""
    return Vocabulary(tuple(_words(services)), services.clock.now())


def _words(services: Services) -> list[PackWords]:
    found = []
    for name in services.library.names():
        try:
            pack = services.pack(name)
            figures = services.kpis(pack)[next(iter(pack.decisions))]
            found.append(pack_words(name, pack, tuple(each.name for each in figures if not each.counted)))
        except RemitError:
            continue
    return found


def pack_words(ref: str, pack: Pack, figures: tuple[str, ...] = ()) -> PackWords:
    """What a pack's first decision is made of."""
    decision: Decision = next(iter(pack.decisions.values()))
    return PackWords(
        name=ref,
        decision=decision.name,
        actions=tuple(decision.actions),
        fields=decision.contract.record.fields,
        subject=decision.subject,
        figures=figures,
    )
