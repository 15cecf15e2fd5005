"""Charts as SVG that a server draws: numbers become places, classes carry the looks, and nothing runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 8.0, 12.0, 26.0
TICKS = 4
LABELS, DAY_WIDTH = 5, 62.0
"""So many days are named under a chart besides the last one, and what a name takes: a phone's letters are larger."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the chart with what it says: a target, or a limit."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line over days. `pieces` are drawn one by one: a day without a value is a gap. Places are in the viewBox.

    `so_far` leads to the value of a day that is not over; empty where all are. It is drawn as what may still change.
    """

    title: str
    pieces: tuple[str, ...]
    areas: tuple[str, ...]
    so_far: str
    ticks: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    table: tuple[tuple[str, str], ...]


def line(
    title: str,
    points: Sequence[tuple[str, float | None]],
    *,
    as_percent: bool = False,
    marks: Sequence[tuple[float, str]] = (),
    today: str | None = None,
) -> Line | None:
    """A line through the values of days, oldest first; None where there is not one value. It begins at nought, or below
    where values are.

    Args:
        marks: values with a line across the chart, each with what it says.
        today: the day that is not over: what is known of it is no whole day's.
    """
    known = [value for _, value in points if value is not None]
    if not known:
        return None
    reached = [*known, *(value for value, _ in marks)]
    top = 1.0 if as_percent else _round_up(max(reached))
    bottom = 0.0 if as_percent or min(reached) >= 0 else -_round_up(-min(reached))
    step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)

    def across(at: int) -> int:
        return round(LEFT + at * step)

    def down(value: float) -> float:
        return round(TOP + (top - value) / (top - bottom) * (HEIGHT - TOP - BOTTOM), 1)

    runs: list[list[tuple[int, float]]] = [[]]
    for at, (_, value) in enumerate(points):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((across(at), down(value)))
    so_far = runs[-1][-2:] if points[-1][0] == today and points[-1][1] is not None else []
    if len(so_far) > 1:
        runs[-1].pop()
    drawn = [run if len(run) > 1 else [run[0], (run[0][0] + 1, run[0][1])] for run in runs if run]
    floor = round(HEIGHT - BOTTOM)
    every = -(-len(points) // LABELS)
    named = [(across(at), day[5:]) for at, (day, _) in enumerate(points) if at % every == 0]
    last = (across(len(points) - 1), "today" if points[-1][0] == today else points[-1][0][5:])
    levels = [bottom + (top - bottom) * tick / TICKS for tick in range(TICKS + 1)]
    return Line(
        title,
        tuple(" ".join(f"{x},{y:g}" for x, y in run) for run in drawn),
        # What lies below the line is shut off by it: whole numbers are near enough, and there are many.
        tuple(" ".join(f"{x},{y:.0f}" for x, y in [(run[0][0], floor), *run, (run[-1][0], floor)]) for run in drawn),
        " ".join(f"{x},{y:g}" for x, y in so_far) if len(so_far) > 1 else "",
        tuple((down(level), said(level, as_percent)) for level in levels),
        (*(each for each in named if each[0] < last[0] - DAY_WIDTH), last),
        tuple(Mark(down(min(value, top)), text) for value, text in marks),
        tuple(
            (f"{day}, so far" if day == today else day, "—" if value is None else said(value, as_percent))
            for day, value in points
        ),
    )


def spark(values: Sequence[float | None]) -> str:
    """A small line of 96 by 24, without axes; empty where there is too little to draw."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = 96 / (len(known) - 1)
    return " ".join(f"{at * step:.1f},{22 - (value - low) / span * 20:.0f}" for at, value in enumerate(known))


def bars(rows: Sequence[tuple[str, float]], *, as_percent: bool = False) -> list[tuple[str, float, str]]:
    """Names with the length of their bar (0 to 300) and what they amount to."""
    top = 1.0 if as_percent else max((value for _, value in rows), default=1.0) or 1.0
    return [(name, round(value / top * 300, 1), said(value, as_percent)) for name, value in rows]


def said(value: float, as_percent: bool = False) -> str:
    """A value as it stands beside a chart."""
    if as_percent:
        return f"{value:.1%}".replace(".0%", "%").replace("%", " %")
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2f}"


def _round_up(value: float) -> float:
    """The next round number, so that the ticks are round as well."""
    if value <= 0:
        return 1.0
    size: float = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.1
    return next(size * each for each in (1, 2, 4, 5, 8, 10, 20) if size * each >= value)
