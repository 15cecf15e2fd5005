"""What a question wants follows from those that are known; what is near to none is not understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from remit.adapters.kept_arrays import KeptArrays
from remit.adapters.memory.embedder import HashingEmbedder
from remit.chat.examples import ELSEWHERE, EXAMPLES
from remit.chat.intents import Guess, Recogniser, masked
from remit.chat.nearness import Known, Numbers, marks_of


class Counting(HashingEmbedder):
    """Counts the texts that it was given."""

    texts = 0

    def embed(self, texts: Sequence[str]) -> Numbers:
        self.texts += len(texts)
        return super().embed(texts)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(HashingEmbedder())


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("why was C-7 escalated?", "explain"),
        ("which rules fired for C-7?", "rules"),
        ("what if the amount were 7,000?", "what_if"),
        ("approve C-7", "approve"),
        ("delete C-7", ELSEWHERE),
    ],
)
def test_a_question_wants_what_those_like_it_want(recogniser: Recogniser, question: str, intent: str) -> None:
    assert recogniser.guess(question).intent == intent


@pytest.mark.parametrize("question", ["C-7", "42", "zxcv qwop vbnm", "delete C-7", "what is the capital of peru?"])
def test_what_is_near_to_nothing_known_is_not_understood(recogniser: Recogniser, question: str) -> None:
    assert not recogniser.guess(question).understood


def test_what_is_as_near_to_one_thing_as_to_another_is_not_understood() -> None:
    assert Guess("rules", 0.4, "explain", 0.05).understood
    assert not Guess("rules", 0.4, "explain", 0.38).understood


def test_ids_numbers_days_and_objects_do_not_tell_what_is_wanted() -> None:
    assert masked("Was C-1 over 7.5k on 2026-10-01?") == "was the case over 1000 on monday?"
    assert masked('Decide {"a": {"b": 1}} since Friday') == "decide this case since monday"
    assert masked("may it wait until July, or in May?") == "may it wait until october, or in october?"


def test_near_is_half_meaning_and_half_words() -> None:
    vectors = np.eye(2, dtype=np.float32)
    near = Known(["one thing", "another"], vectors).near(["one thing"], vectors[:1])
    assert near[0, 0] == pytest.approx(1)
    assert near[0, 1] == pytest.approx((np.exp(-2) + np.exp(2 * (1 / 12**0.5 - 1))) / 2, abs=0.05)


def test_words_count_by_their_stems_and_by_what_follows_what() -> None:
    assert {"^ whi", "decis", "escal ?"} <= marks_of("Why decisions escalated?") | {"^ whi"}


def test_no_example_stands_twice() -> None:
    phrases = [masked(each) for own in EXAMPLES.values() for each in own]
    assert len(phrases) == len(set(phrases)) > 1_500


def test_what_takes_long_is_kept_for_the_next_process(tmp_path: Path) -> None:
    first, second = Counting(), Counting()
    guess = Recogniser(first, KeptArrays(tmp_path)).guess("why was C-7 escalated?")
    assert Recogniser(second, KeptArrays(tmp_path)).guess("why was C-7 escalated?") == guess
    assert (first.texts > 1_500, second.texts) == (True, 1)


def test_what_was_kept_for_another_encoder_is_not_taken(tmp_path: Path) -> None:
    Recogniser(HashingEmbedder(), KeptArrays(tmp_path))
    other = Counting(seed=1)
    Recogniser(other, KeptArrays(tmp_path))
    assert other.texts > 1_500


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 and nothing", b"\x93NUMPY"])
def test_what_was_kept_and_is_damaged_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    kept = KeptArrays(tmp_path)
    arrays: Mapping[str, Numbers] = {"a": np.ones((2, 3), np.float32)}
    kept.keep("x", arrays)
    assert kept.get("x") is not None
    (tmp_path / "x.npz").write_bytes(damage)
    assert kept.get("x") is None
    assert kept.get("y") is None


def test_what_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    KeptArrays(tmp_path / "file").keep("x", {"a": np.ones(1, np.float32)})
