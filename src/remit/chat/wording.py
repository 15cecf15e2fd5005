"""What is said where no tool is used, and how values are worded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from remit.chat.conversation import Answer
from remit.chat.vocabulary import CENTS

CAN_ASK = (
    "why was C-1042 escalated?",
    "which rule, which clause?",
    "declined above 10,000 last week",
    "what if the amount were 8,000?",
    "what does the handbook say about guarantors?",
    "how many decisions were escalated this month?",
)
"""What the chat offers whoever was not understood."""


def not_understood() -> Answer:
    """Honest words for a question that is near to none."""
    return Answer("I did not understand that. " + offer(), outcome="unclear")


def offer() -> str:
    """What can be asked, by examples."""
    return "You can ask, for example: " + "; ".join(f"“{each}”" for each in CAN_ASK) + "."


def never_approves() -> Answer:
    """The chat has no tool for it, and says where it is done."""
    return Answer(
        "I never approve or reject anything: a person does, in the approval queue. I can tell you what a review is "
        "about, and why it is needed.",
        outcome="refused",
    )


def asks_back(question: str) -> Answer:
    """A question that lacks something."""
    return Answer(question, outcome="unclear")


def two_ways(number: str) -> Answer:
    """A number that two people read differently is not read at all."""
    whole, _, rest = number.rpartition("," if number.rfind(",") > number.rfind(".") else ".")
    digits = "".join(each for each in whole if each.isdigit())
    ways = f"{digits}{rest} or {digits}.{rest.rstrip('0') or '0'}" if digits == whole else f"{digits}.{rest}"
    return asks_back(f"I can read {number} in two ways. Write {ways}.")


def not_read(words: str, ways: Sequence[str] = ()) -> Answer:
    """What was said of a time or an amount and not understood is named: an answer without it would be a wider one."""
    if len(ways) > 1:
        return asks_back(f"I can read {words} in {len(ways)} ways. Write {' or '.join(ways)}.")
    return asks_back(
        f"I did not understand “{words}”, and without it I would answer more than you asked for. Say times such as "
        "“last week”, “in October” or “between 2026-10-03 and 2026-10-09”, and amounts such as “above 8,000”."
    )


def too_long() -> Answer:
    """A text that no question is."""
    return asks_back("That is too long for a question about decisions, reviews or figures. Say it in a few sentences.")


def not_the_opposite(words: str) -> Answer:
    """What did not come of decisions."""
    return asks_back(
        f"I find decisions by what came of them, not by what did not: “{words}”. Say it the other way round, such as "
        "“declined”, “escalated” or “waiting”."
    )


def no_such_value(code: str) -> Answer:
    """A code that no field has."""
    return asks_back(f"I know no field of a case that can be “{code}”.")


def one_time_only(words: str) -> Answer:
    """Two stretches of time with something between them."""
    return asks_back(f"I can look at one stretch of time at once; “{words}” is several. Ask for one after the other.")


def which_value(word: str, values: Sequence[str]) -> Answer:
    """A word that is part of several values."""
    return asks_back(
        f"“{word}” can be {' or '.join(each.replace('_', ' ') for each in values)}. Which one do you mean?"
    )


def nothing_can_be(words: str) -> Answer:
    """Conditions that exclude each other."""
    return asks_back(f"No case can be all of “{words}”. Ask for one after the other.")


def not_narrowed(words: str) -> Answer:
    """Figures are of all cases of a pack and a period."""
    return asks_back(
        f"Figures cannot be narrowed by “{words}”. I can find and count decisions by it: “decisions {words}”."
    )


def two_meanings(field: str, decision: str) -> Answer:
    """A field that is another thing in one decision than in another."""
    plain = field.replace("_", " ")
    return asks_back(f"The {plain} is something else in {decision} than elsewhere. Say which decision you mean, too.")


def in_words(field: str, value: Any) -> str:
    """A field and its value as people read it: minor units as money."""
    name = field.removesuffix("_cents").removesuffix("_minor").replace("_", " ")
    if field.endswith(CENTS) and isinstance(value, int):
        return f"{name} {value / 100:,.2f}"
    return f"{name} {value}".replace("_", " ")
