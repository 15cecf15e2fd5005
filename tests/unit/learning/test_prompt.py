"""A prompt version is named by all that it is, and reads back the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from remit.core.errors import InputError
from remit.learning.prompt import Parameters, PromptVersion, Shown, is_prompt, read_prompt

VERSION = PromptVersion(
    "desk",
    "desk.request",
    "Choose among $actions.",
    "openai:tiny",
    "0" * 64,
    "1" * 64,
    (Shown({"share": "0.5"}, "pay"),),
)


def test_what_was_written_reads_back_the_same() -> None:
    assert read_prompt(VERSION.data) == VERSION
    assert read_prompt(VERSION.data).sha256 == VERSION.sha256


@pytest.mark.parametrize(
    "change",
    [
        {"template": "Choose wisely among $actions."},
        {"model": "openai:other"},
        {"examples": ()},
        {"examples_sha256": "2" * 64},
        {"base": "3" * 64},
        {"parameters": Parameters(temperature=0.1)},
        {"parameters": Parameters(steps_max=1)},
    ],
)
def test_anything_else_is_another_version(change: dict[str, Any]) -> None:
    assert replace(VERSION, **change).sha256 != VERSION.sha256


@pytest.mark.parametrize(
    "template", ["Choose.", "$case and $actions", "It costs $ 5: $actions", "$actions" + "x" * 20_000, "${actions"]
)
def test_a_template_names_what_is_put_in_and_nothing_else(template: str) -> None:
    with pytest.raises(InputError):
        replace(VERSION, template=template)


@pytest.mark.parametrize(
    "wrong", [{"seconds_max": 0.0}, {"steps_max": 0}, {"steps_max": 6}, {"tokens_max": -1}, {"temperature": 3.0}]
)
def test_parameters_are_bounded(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Parameters(**wrong)


@pytest.mark.parametrize(
    "data", [b"{}", b"[]", b"{", b'{"format": 2, "kind": "prompt"}', VERSION.data.replace(b'"base"', b'"bass"')]
)
def test_another_file_is_no_prompt_version(data: bytes) -> None:
    with pytest.raises(InputError):
        read_prompt(data)


def test_a_model_is_told_from_a_prompt_version_by_its_first_byte() -> None:
    assert is_prompt(VERSION.data)
    assert not is_prompt(b"\x08\x07\x12")
