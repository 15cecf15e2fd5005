"""Charts: numbers become places that stand where they should, and gaps stay gaps."""

from __future__ import annotations

import itertools

import pytest

from remit.web.charts import DAY_WIDTH, HEIGHT, TOP, bars, line, said, spark
from remit.web.render import TEMPLATES

DAYS = [(f"2026-11-{day:02}", value) for day, value in enumerate([4.0, 8.0, None, 2.0], start=1)]


def test_a_line_reaches_from_its_highest_value_down_to_nothing() -> None:
    chart = line("Decisions", DAYS)
    assert chart is not None
    ticks = [text for _, text in chart.ticks]
    assert ticks == ["0", "2", "4", "6", "8"]
    assert chart.pieces[0].split()[1].endswith(f",{TOP:g}"), "8 is the top"


def test_a_line_goes_below_nothing_where_values_do() -> None:
    chart = line("Reward", [("2026-11-01", -1.0), ("2026-11-02", 1.0)])
    assert chart is not None
    assert [text for _, text in chart.ticks] == ["-1", "-0.50", "0", "0.50", "1"]
    assert chart.pieces[0].split()[1].endswith(f",{TOP:g}")


def test_a_day_without_a_value_is_a_gap_and_a_dash() -> None:
    chart = line("Decisions", DAYS)
    assert chart is not None
    assert len(chart.pieces) == 2
    assert chart.table[2] == ("2026-11-03", "—")


def test_a_day_that_is_not_over_is_drawn_as_such_and_says_so_in_the_table() -> None:
    chart = line("Decisions", [("2026-11-01", 8.0), ("2026-11-02", 8.0), ("2026-11-03", 1.0)], today="2026-11-03")
    assert chart is not None
    assert (len(chart.pieces[0].split()), len(chart.so_far.split())) == (2, 2)
    assert chart.so_far.split()[0] == chart.pieces[0].split()[-1]
    assert chart.days[-1][1] == "today"
    assert chart.table[-1] == ("2026-11-03, so far", "1")


@pytest.mark.parametrize("days", [1, 2, 7, 30, 60, 366])
def test_the_names_of_days_do_not_run_into_each_other(days: int) -> None:
    chart = line("Decisions", [(f"2026-11-{day:02}", 1.0) for day in range(days)])
    assert chart is not None
    places = [x for x, _ in chart.days]
    assert all(after - before >= DAY_WIDTH for before, after in itertools.pairwise(places))


def test_a_chart_of_sixty_days_is_light() -> None:
    chart = line("Decisions", [(f"2026-{11 + day // 30}-{day % 30 + 1:02}", float(20 + day % 7)) for day in range(60)])
    html = TEMPLATES.globals["c"].line(chart)  # type: ignore[attr-defined]
    assert html.count("<tr><td>") == 60
    assert len(html.encode()) < 4_200, "ten of them stand on one page"


def test_nothing_known_is_no_chart() -> None:
    assert line("Decisions", [("2026-11-01", None)]) is None
    assert spark([None, 1.0]) == ""
    assert bars([]) == []


def test_a_share_is_drawn_between_nothing_and_all_and_its_target_stands_in_it() -> None:
    chart = line("Alone", [("2026-11-01", 0.25), ("2026-11-02", 0.5)], as_percent=True, marks=[(0.5, "target 50 %")])
    assert chart is not None
    assert [text for _, text in chart.ticks] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    assert TOP < chart.marks[0].y < HEIGHT


@pytest.mark.parametrize(
    ("value", "as_percent", "text"),
    [(0.125, True, "12.5 %"), (1234.0, False, "1,234"), (0.5, False, "0.50"), (3.0, False, "3")],
)
def test_a_value_is_said_as_people_read_it(value: float, as_percent: bool, text: str) -> None:
    assert said(value, as_percent) == text


def test_the_longest_bar_is_the_largest() -> None:
    assert bars([("a", 4.0), ("b", 1.0)]) == [("a", 300.0, "4"), ("b", 75.0, "1")]
