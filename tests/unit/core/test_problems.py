"""Problems and errors: how they are spoken, and how a process ends with them."""

from __future__ import annotations

import pytest

from remit.core import errors
from remit.core.errors import RemitError, SourceError
from remit.core.problems import Problem, did_you_mean


def test_a_problem_points_at_its_column_and_says_what_to_do() -> None:
    problem = Problem("undeclared field `amont`", "policy.yaml", 12, 7, "when: amont > 5", mend="write `amount`")
    assert problem.render().splitlines() == [
        "policy.yaml:12:7: undeclared field `amont`",
        "  | when: amont > 5",
        "  |       ^",
        "  = write `amount`",
    ]


def test_a_problem_of_a_whole_file_has_no_place_in_it() -> None:
    assert Problem("the file is empty", "policy.yaml").render() == "policy.yaml: the file is empty"


def test_a_line_of_a_million_characters_is_cut_around_the_caret() -> None:
    shown = Problem("wrong", "f", 1, 500_000, "x" * 499_999 + "!" + "x" * 500_000).render().splitlines()
    assert max(map(len, shown)) < 130
    assert shown[1][shown[2].index("^")] == "!"


def test_a_tab_does_not_move_the_caret() -> None:
    shown = Problem("wrong", "f", 1, 3, "\t\t!").render().splitlines()
    assert shown[1].index("!") == shown[2].index("^")


@pytest.mark.parametrize(("word", "said"), [("amont", "did you mean `amount`?"), ("zzz", ""), ("", "")])
def test_a_hint_is_given_when_a_known_word_is_close(word: str, said: str) -> None:
    assert did_you_mean(word, ["amount", "purpose"]) == said


def test_an_error_of_files_tells_every_problem() -> None:
    error = SourceError([Problem("one", "f", 1, 1), Problem("two", "g")])
    assert error.message == "f:1:1: one\ng: two"


@pytest.mark.parametrize(
    ("name", "code", "exit_code"),
    [
        ("InputError", "input", 2),
        ("SourceError", "source", 2),
        ("NotFound", "not_found", 2),
        ("AnswerIsNo", "no", 1),
        ("Refused", "refused", 1),
        ("Conflict", "conflict", 1),
        ("SystemFailed", "system", 3),
        ("Transient", "transient", 3),
        ("Undecidable", "undecidable", 3),
        ("Corrupted", "corrupted", 3),
    ],
)
def test_an_error_has_a_stable_code_and_an_exit_code(name: str, code: str, exit_code: int) -> None:
    kind: type[RemitError] = getattr(errors, name)
    assert (kind.code, kind.exit_code) == (code, exit_code)
