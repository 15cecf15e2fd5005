import json

import pytest

from remit.eval.bench.measure import Spread
from remit.eval.bench.report import Figure, Report, Section


@pytest.fixture
def report() -> Report:
    figures = (
        Figure("ours", Spread(0.5, 1.25, 1500.0), "ms"),
        Figure("ours / theirs", Spread(1.0, 1.2, 1.4), "x", "<= 1.5"),
    )
    return Report({"machine": "a box"}, "remit bench", 3, (Section("A race", "Who is faster.", figures),))


def test_the_terminal_sees_median_and_spread_in_columns(report: Report):
    rows = [" ".join(line.split()) for line in report.lines()]
    assert "ours 1.25 0.50 1,500 ms" in rows


def test_an_aim_stands_beside_its_figure(report: Report):
    assert any(line.endswith("<= 1.5") for line in report.lines() if "theirs" in line)


def test_the_page_names_command_and_machine(report: Report):
    page = report.markdown()
    assert "`remit bench`" in page
    assert "- machine: a box" in page


def test_the_page_has_a_row_for_every_figure(report: Report):
    assert "| ours / theirs | 1.20 | 1.00 | 1.40 | x | <= 1.5 |" in report.markdown()


def test_a_machine_reads_the_same_figures(report: Report):
    figure = json.loads(json.dumps(report.to_json()))["sections"][0]["figures"][1]
    assert figure == {"name": "ours / theirs", "unit": "x", "low": 1.0, "median": 1.2, "high": 1.4, "aim": "<= 1.5"}


def test_a_run_of_its_own_replaces_its_sections_of_the_page_and_no_other(report: Report):
    other = Report({"machine": "a box"}, "remit bench", 3, (Section("Growth", "By size.", ()),))
    page = report.put_into(report.put_into(other.markdown()))
    assert page.count("## A race") == page.count("## Growth") == 1
    assert "Written by `remit bench` on its own: machine a box. Who is faster." in page
    assert page.startswith(other.markdown().rstrip("\n"))
