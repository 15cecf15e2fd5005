"""What is said where no tool is used, and how values are worded."""

from __future__ import annotations

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
    whole, _, rest = number.partition(".")
    return asks_back(f"I can read {number} in two ways. Write {whole}{rest} or {whole}.{rest.rstrip('0') or '0'}.")


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
