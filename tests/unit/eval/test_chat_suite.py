"""The held questions are held: nothing that the chat was tuned on is among them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from remit.chat.examples import EXAMPLES
from remit.chat.intents import masked
from remit.chat.tools import TOOLS
from remit.eval.suites.chat import suite
from remit.eval.suites.chat.suite import read_questions


@pytest.mark.parametrize("name", suite.SETS)
def test_no_held_question_was_tuned_on(name: str) -> None:
    tuned = yaml.safe_load((Path(suite.__file__).parent / "tuning.yaml").read_text("utf-8"))
    known = {masked(each) for phrases in EXAMPLES.values() for each in phrases}
    known |= {masked(each) for texts in tuned["understood"].values() for each in texts}
    known |= {masked(each) for each in tuned["unknown"]}
    known |= {masked(each.text) for each in read_questions("development.yaml")}
    assert {each.text for each in read_questions(f"{name}.yaml") if masked(each.text) in known} == set()


def test_the_chat_is_developed_on_questions_of_every_intent() -> None:
    developed = read_questions("development.yaml")
    assert {each.intent for each in developed} == {*TOOLS, "approve", "help", None}
    known = {masked(phrase) for phrases in EXAMPLES.values() for phrase in phrases}
    assert {each.text for each in developed if masked(each.text) in known} == set()


@pytest.mark.parametrize("name", suite.SETS)
def test_there_are_enough_questions_in_five_phrasings_each(name: str) -> None:
    held = [each for each in read_questions(f"{name}.yaml") if each.intent is not None]
    groups = {each.group for each in held}
    assert len(groups) >= 120
    assert all(sum(each.group == group for each in held) == 5 for group in groups)
    assert {each.intent for each in held} == {*TOOLS, "approve", "help"}
