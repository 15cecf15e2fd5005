"""A contract obliges only to what its pack can do; else it does not load, and is told where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.packs.connectors import marked
from remit.packs.files import read_folder
from remit.packs.load import load_policy
from remit.packs.pack import Decision

TELL = ("rules:\n", "obligations:\n  - {when: case.late, do: notify, to: risk}\nrules:\n")
NOTIFY = """from remit.packs.connectors import effect, obligation


@effect("pay", idempotent=True)
def pay(call): ...


@obligation("notify")
def tell(duty): ...
"""


def test_an_obligation_that_the_pack_can_carry_out_loads(load: Callable[..., Decision]) -> None:
    policy = load(policy=[TELL], files={"connectors.py": NOTIFY}).policy
    assert [each.do for each in policy.contract.obligations] == ["notify"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "nothing in connectors.py carries out the obligation `notify`"),
        ({"connectors.py": NOTIFY.replace('"notify"', '"notfy"')}, "; did you mean `notfy`?"),
        ({"connectors.py": NOTIFY.replace("@obligation", "@effect")}, "carries out the obligation `notify`"),
    ],
)
def test_one_that_nothing_carries_out_is_told_at_its_place(
    problems: Callable[..., list[Problem]], files: dict[str, str], said: str
) -> None:
    (found,) = problems(policy=[TELL], files=files)
    assert (found.file.rpartition("/")[2], found.line, found.column, found.code) == (
        *("policy.yaml", 8, 27, "pack.obligation"),
    )
    assert said in found.message
    assert found.mend == 'Mark a function with @obligation("notify").'


def test_a_contract_that_is_checked_alone_is_held_to_its_pack(write_pack: Callable[..., Path]) -> None:
    with pytest.raises(SourceError, match=r"policy\.yaml:8:27: nothing in connectors\.py carries out"):
        load_policy(read_folder(write_pack(policy=[TELL])), "policy.yaml")


def test_marks_are_read_without_running_anything() -> None:
    code = NOTIFY + "raise SystemExit\n"
    assert (marked(code, "effect"), marked(code, "obligation")) == ({"pay"}, {"notify"})
