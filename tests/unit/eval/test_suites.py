"""A suite is run, held to its floors, written down, and compared with its last run."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from remit.core.errors import InputError, SourceError
from remit.eval.compare import compare
from remit.eval.declared import read_suite
from remit.eval.keep import last_run, renew, write_run
from remit.eval.page import html
from remit.eval.report import Result
from remit.eval.run import find, known, run
from remit.eval.suite import Floor, Row, Suite

FLOORS = (Floor("ours *", "delay", at_most=300), Floor("*", "missed", at_most=0.1, quick=False))


def _rows(quick: bool, seed: int) -> list[Row]:
    return [
        Row("ours at 0.2", "delay", 200.0 + seed, 190.0, 210.0, "decisions", (199.0, 201.0, 203.0)),
        Row("theirs at 0.2", "delay", None, unit="decisions"),
        Row("ours at 0.2", "missed", 0.2 if quick else 0.05),
        Row("<b>", "missed", 0.0),
    ]


SUITE = Suite("drift", "How soon is it seen?", _rows, FLOORS)


def test_a_run_holds_its_floors_and_shows_a_case_a_line():
    result = run(SUITE, seed=1)
    assert result.broken == ()
    assert "ours at 0.2      201 [190, 210]    0.05" in "\n".join(result.lines())


def test_a_close_floor_is_not_held_in_a_quick_run():
    assert run(SUITE, quick=True, seed=1).broken == ()
    assert run(replace(SUITE, floors=(Floor("*", "missed", at_most=0.1),)), quick=True, seed=1).broken == (
        "*: missed at most 0.1: ours at 0.2 has 0.2",
    )


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        (Floor("theirs *", "delay", at_most=500), "theirs at 0.2 has none"),
        (Floor("ours *", "dellay", at_most=500), "nothing was measured"),
        (Floor("ours *", "delay", at_least=300), "ours at 0.2 has 201"),
    ],
)
def test_what_was_not_measured_breaks_a_floor_as_does_what_is_below_it(floor: Floor, said: str):
    [broken] = run(replace(SUITE, floors=(floor,)), seed=1).broken
    assert broken.endswith(said)


def test_a_figure_that_is_measured_twice_is_a_mistake_of_the_suite():
    with pytest.raises(ValueError, match="something twice"):
        run(replace(SUITE, run=lambda quick, seed: [*_rows(quick, seed), *_rows(quick, seed)]))


def test_a_run_that_was_written_is_the_last_run(tmp_path: Path):
    assert last_run(tmp_path, "drift") is None
    result = run(SUITE, seed=1)
    write_run(tmp_path, result)
    assert last_run(tmp_path, "drift") == result
    assert run(SUITE, seed=1, last=last_run(tmp_path, "drift")).changes == []


@pytest.mark.parametrize("text", ["{", '{"format": 7}', '{"format": 1}', "[]"])
def test_a_last_run_that_cannot_be_read_is_told(tmp_path: Path, text: str):
    (tmp_path / "drift.json").write_text(text)
    with pytest.raises(InputError, match="cannot be read"):
        last_run(tmp_path, "drift")


@pytest.mark.parametrize(
    ("before", "now", "paired", "clear"),
    [
        (Row("a", "m", 2.0, samples=(1.0, 2.0, 3.0)), Row("a", "m", 3.0, samples=(2.0, 3.01, 3.99)), True, True),
        (Row("a", "m", 2.0, samples=(1.0, 2.0, 3.0)), Row("a", "m", 2.3, samples=(3.0, 1.0, 3.0)), True, False),
        (Row("a", "m", 2.0, samples=(1.0, 2.0)), Row("a", "m", 3.0, samples=(2.0, 3.0)), False, None),
        (Row("a", "m", 2.0, 1.9, 2.1), Row("a", "m", 2.5, 2.4, 2.6), False, True),
        (Row("a", "m", 2.0, 1.5, 2.5), Row("a", "m", 2.5, 2.0, 3.0), False, False),
        (Row("a", "m", None), Row("a", "m", 2.5, 2.0, 3.0), False, None),
    ],
)
def test_a_change_is_told_apart_from_chance(before: Row, now: Row, paired: bool, clear: bool | None):
    [change] = compare([now], [before], paired=paired)
    assert change.clear is clear


def test_a_quick_run_is_not_compared_with_a_full_one():
    assert run(SUITE, quick=True, seed=2, last=run(SUITE, seed=1)).changes == []
    assert [change.metric for change in run(SUITE, seed=2, last=run(SUITE, seed=1)).changes] == ["delay"]


def test_the_page_has_a_picture_for_each_metric_and_asks_nobody_for_anything():
    page = html(run(SUITE, seed=1))
    assert page.count("<svg") == 2
    assert "&lt;b&gt;" in page
    assert re.search(r"<b>|https?://|src=|<script|<link", page) is None


def test_a_page_of_results_keeps_the_sections_of_other_suites(tmp_path: Path):
    page = tmp_path / "RESULTS.md"
    renew(page, run(SUITE, seed=1))
    renew(page, run(replace(SUITE, name="citations"), seed=1))
    renew(page, run(replace(SUITE, question="Anew?"), seed=1))
    text = page.read_text("utf-8")
    assert re.findall("^#+ .*", text, re.MULTILINE) == ["# Results of the suites", "## citations", "## drift"]
    assert text.count("Anew?") == 1


def test_a_suite_that_ships_is_found_and_a_near_miss_is_hinted_at():
    assert all(find(name).name == name for name in known())
    with pytest.raises(InputError) as missing:
        find("gat")
    assert missing.value.mend == "did you mean `gate`?"


def _ships(name: str) -> Suite:
    assert name == "drift"
    return SUITE


def test_a_file_holds_a_suite_to_floors_of_ones_own(tmp_path: Path):
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nsuite: drift\nfloors:\n  - {metric: missed, at_most: 0.01}\n")
    result: Result = run(read_suite(file, _ships))
    assert (result.suite, result.broken) == ("mine", ("*: missed at most 0.01: ours at 0.2 has 0.05",))


@pytest.mark.parametrize("floor", ["{metric: missed}", "{metric: missed, atmost: 1}"])
def test_a_file_with_a_floor_that_holds_nothing_is_refused(tmp_path: Path, floor: str):
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\nsuite: drift\nfloors:\n  - {floor}\n")
    with pytest.raises(SourceError):
        read_suite(file, _ships)
