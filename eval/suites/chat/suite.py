"""What the chat's default brain understands of questions that nothing was tuned on, and what it says to the others.

No decision is looked up: a question is held against the tool and the slots that it calls for. The encoder is the one of
the settings; its compiled form is kept in the data folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from remit.chat.intents import Recogniser
from remit.chat.ports import Thought, Turn
from remit.chat.tools import Call
from remit.chat.understand import understand
from remit.chat.vocabulary import Vocabulary
from remit.core.errors import NotFound
from remit.core.source import read_yaml
from remit.eval.suite import Floor, Row, Suite
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.service.chat.words import decision_words
from remit.settings import Settings, load_settings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
PACKS = ("credit", "quality")
SETS = ("held", "held2")
"""Two authors wrote them; the second had seen nothing that the chat was tuned on, and five groups of the first set."""
FREE_TEXT = ("query",)
"""A slot that is what was asked, in words; no other wording of it is more right."""


@dataclass(frozen=True, slots=True)
class Question:
    """One phrasing of a question, with what has to be understood. `intent` None: nothing."""

    text: str
    intent: str | None
    expect: Mapping[str, Any]
    before: tuple[Call, ...] = ()
    group: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What was understood of a question: the intent, and whether the slots are those expected and no others."""

    question: Question
    intent: str | None
    slots: bool

    @property
    def right(self) -> bool:
        return self.intent == self.question.intent


def run(quick: bool, seed: int) -> list[Row]:
    """The figures; the same every time. A quick run takes the first question of each group."""
    recogniser, words = Recogniser(_embedder()), _vocabulary(load_settings())
    return [row for name in SETS for row in _figures(name, quick, recogniser, words)]


def _figures(name: str, quick: bool, recogniser: Recogniser, words: Vocabulary) -> Iterator[Row]:
    """The figures of one set. Only the first set's stand under their bare names, which the floors go by."""
    asked = [each for each in read_questions(f"{name}.yaml") if not quick or each.group % 5 == 0 or each.intent is None]
    seen = [look(each, recogniser, words) for each in asked]
    before = "" if name == SETS[0] else f"{name}: "
    yield from (*_understood(name, seen), *_unknown(before, seen), *_by_intent(before, seen))


def look(question: Question, recogniser: Recogniser, words: Vocabulary) -> Seen:
    """Hold a question against what it calls for."""
    thought = understand(Turn(question.text, words, question.before), recogniser)
    intent = thought.facts.get("intent")
    return Seen(question, intent, _slots_fit(thought, question.expect))


def read_questions(name: str) -> list[Question]:
    """The questions of one of the files: every phrasing of every question, then those that are none of the chat's."""
    said = read_yaml((Path(__file__).parent / name).read_text("utf-8"), name).data
    return [*_grouped(said["groups"]), *(Question(text, None, {}) for text in said["unknown"])]


def _grouped(groups: list[dict[str, Any]]) -> Iterator[Question]:
    number = 0
    for group in groups:
        for filling in group["questions"]:
            slots = {name: value for name, value in filling.items() if name not in ("expect", "after")}
            for phrasing in group["phrasings"]:
                text = phrasing
                for name, value in slots.items():
                    text = text.replace("{" + name + "}", value)
                text = " ".join(text.split())
                yield Question(text, group["intent"], filling["expect"], _before(filling.get("after")), number)
            number += 1


def _before(after: Any) -> tuple[Call, ...]:
    """What the conversation was about: a call, or just the decision that was explained."""
    if after is None:
        return ()
    return (Call("explain", {"decision": after}) if isinstance(after, str) else Call.from_json(after),)


def _slots_fit(thought: Thought, expect: Mapping[str, Any]) -> bool:
    found = {} if thought.call is None else dict(thought.call.args)
    for name in FREE_TEXT:
        found.pop(name, None)
    return found == dict(expect)


def _understood(name: str, seen: list[Seen]) -> Iterator[Row]:
    known = [each for each in seen if each.question.intent is not None]
    questions = {each.question.group for each in known}
    whole = [all(each.right and each.slots for each in known if each.question.group == group) for group in questions]
    yield Row(name, "questions", len(questions))
    yield Row(name, "phrasings", len(known))
    yield _share(name, "intent accuracy", [each.right for each in known])
    yield _share(name, "slot accuracy", [each.slots for each in known if each.right])
    yield _share(name, "understood in full", [each.right and each.slots for each in known])
    yield _share(name, "in full in all five phrasings", whole)
    yield _share(name, "taken for something else", [not each.right and each.intent is not None for each in known])


def _unknown(before: str, seen: list[Seen]) -> Iterator[Row]:
    unknown = [each for each in seen if each.question.intent is None]
    yield Row(f"{before}unknown", "phrasings", len(unknown))
    yield _share(f"{before}unknown", "answered wrongly", [each.intent not in (None, "help") for each in unknown])
    yield _share(f"{before}unknown", "said not to be understood", [each.intent is None for each in unknown])


def _by_intent(before: str, seen: list[Seen]) -> Iterator[Row]:
    for intent in sorted({each.question.intent for each in seen if each.question.intent is not None}):
        own = [each for each in seen if each.question.intent == intent]
        yield _share(f"{before}{intent}", "intent accuracy", [each.right for each in own])
        yield _share(f"{before}{intent}", "slot accuracy", [each.slots for each in own if each.right])


def _share(case: str, metric: str, held: list[bool]) -> Row:
    """A share with Wilson's interval of 95 %; the single answers are its samples."""
    n, p = len(held), sum(held) / len(held) if held else 0.0
    if n == 0:
        return Row(case, metric, None)
    z = 1.96
    middle, around = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    scale = 1 + z * z / n
    samples = tuple(float(each) for each in held)
    return Row(case, metric, p, (middle - around) / scale, (middle + around) / scale, samples=samples)


def _embedder() -> Any:
    from remit.adapters.embedding.model import MiniLmEmbedder

    return MiniLmEmbedder(load_settings().home / "models")


def _vocabulary(settings: Settings) -> Vocabulary:
    packs = {name: load_pack(read_folder(_folder(settings, name))) for name in PACKS}
    words = (decision_words(name, each) for name, pack in packs.items() for each in pack.decisions.values())
    return Vocabulary(tuple(words), NOW)


def _folder(settings: Settings, name: str) -> Path:
    for folder in settings.pack_folders:
        if (folder / name / "pack.yaml").is_file():
            return folder / name
    raise NotFound(f"the pack `{name}` is not there")


SUITE = Suite(
    "chat",
    "What does the chat understand in words without a language model, and does it say so when it does not?",
    run,
    # Somewhat below what was measured (0.976, 0.984, 0.011 and 1 of 60), about by what the intervals leave open. The
    # examples grew between the runs, by the development set alone: of the held questions only figures were looked at.
    floors=(
        Floor("held", "intent accuracy", at_least=0.95, quick=False),
        Floor("held", "slot accuracy", at_least=0.96, quick=False),
        Floor("held", "taken for something else", at_most=0.03, quick=False),
        Floor("unknown", "answered wrongly", at_most=0.09),
    ),
)
