"""What a pack may declare as a figure: each is measured in one way, and what nothing measures is a problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remit.core.source import read_yaml
from remit.packs.files import read_folder
from remit.packs.kpis import Kpi, read_kpis
from remit.packs.load import load_pack

WritePack = Callable[..., Path]
BEFORE = "    fairness: {protected: [age]}"


def kpis_of(folder: Path) -> tuple[dict[str, Kpi], list[str]]:
    files = read_folder(folder)
    (decision,) = load_pack(files).decisions.values()
    found, problems = read_kpis(read_yaml(files.text("pack.yaml") or "", "pack.yaml"), 0, decision)
    return {each.name: each for each in found}, [each.message for each in problems]


def declared(write_pack: WritePack, *entries: str) -> tuple[dict[str, Kpi], list[str]]:
    lines = "".join(f"      - {{{each}}}\n" for each in entries)
    return kpis_of(write_pack((BEFORE, f"    kpis:\n{lines}{BEFORE}")))


@pytest.mark.parametrize(
    ("entry", "share", "matures"),
    [
        ("counted: alone", True, False),
        ("value: done && action.name == 'lend'", True, False),
        ("value: double(case.amount)", False, False),
        ("value: 'has(action.args.amount) ? action.args.amount + 0 : 0'", False, False),
        ("value: '!outcome.repaid'", True, True),
        ("value: reward", False, True),
        ("value: days_after, weight: case.amount, each: case.id", False, True),
        ("value: 'asked ? 900 : 0', each: case.id, summed: true", False, False),
    ],
)
def test_a_figure_is_a_share_or_a_mean_of_what_was_decided_or_of_what_matured(
    write_pack: WritePack, entry: str, share: bool, matures: bool
) -> None:
    found, problems = declared(write_pack, f"name: one, description: One, {entry}")
    assert problems == []
    assert (found["one"].is_share, found["one"].matures) == (share, matures)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("target_max: 45", "the figure `one` is declared, and nothing computes it"),
        ("value: reward, counted: alone", "the figure `one` is measured in two ways"),
        ("counted: alone, when: done", "what is counted for `one` cannot be narrowed or weighed"),
        ("counted: often", "must be"),
        ("value: case.amont", "undeclared field `amont`"),
        ("value: case.purpose", "the value must be true-or-false or number or integer, but is text"),
        ("value: reward, when: case.amount", "the value must be true-or-false, but is integer"),
        ("value: reward, each: case.nummer", "`case.nummer` is no field of the case"),
        ("value: reward, summed: true", "`one` is summed for each of what?"),
        ("value: reward, tarjet: 3", "undeclared field `tarjet`"),
        ("value: case.age == 40 && outcome.paid", "undeclared"),
    ],
)
def test_what_cannot_be_measured_is_told(write_pack: WritePack, entry: str, said: str) -> None:
    found, problems = declared(write_pack, f"name: one, description: One, {entry}")
    assert found == {}
    assert any(said in each for each in problems), problems


def test_a_figure_that_is_declared_twice_is_told(write_pack: WritePack) -> None:
    found, problems = declared(write_pack, *["name: one, description: One, value: reward"] * 2)
    assert (len(found), problems) == (1, ["the figure `one` is declared twice"])


def test_what_is_wrong_with_one_figure_takes_away_no_other(write_pack: WritePack) -> None:
    found, problems = declared(write_pack, "name: a, description: A", "name: b, description: B, value: reward")
    assert (list(found), len(problems)) == (["b"], 1)


@pytest.mark.parametrize(
    ("entry", "value", "said", "target", "met"),
    [
        ("value: done, target_min: 0.5", 0.575, "57.5 %", "at least 50 %", True),
        ("value: days_after, unit: days, target_max: 45", 45.3, "45.3 days", "at most 45 days", False),
        ("value: reward, target_min: -1, target_max: 0.5", 0.25, "0.25", "at least -1 and at most 0.50", True),
        ("value: reward", 1200.0, "1,200", "", None),
    ],
)
def test_values_and_targets_are_said_in_words(
    write_pack: WritePack, entry: str, value: float, said: str, target: str, met: bool | None
) -> None:
    kpi = declared(write_pack, f"name: one, description: One, {entry}")[0]["one"]
    assert (kpi.said(value), kpi.target, kpi.meets(value)) == (said, target, met)
