"""Charts as SVG that a server draws: numbers become places, classes carry the looks, and nothing runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 48.0, 8.0, 12.0, 24.0
TICKS = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the chart with what it says: a target, or a limit."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line over days. `pieces` are drawn one by one: a day without a value is a gap. Places are in the viewBox."""

    title: str
    pieces: tuple[str, ...]
    areas: tuple[str, ...]
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
) -> Line | None:
    """A line through the values of days, oldest first; None where there is not one value. It begins at nought, or below
    where values are.
    """
    known = [value for _, value in points if value is not None]
    if not known:
        return None
    reached = [*known, *(value for value, _ in marks)]
    top = 1.0 if as_percent else _round_up(max(reached))
    bottom = 0.0 if as_percent or min(reached) >= 0 else -_round_up(-min(reached))
    step = (WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)

    def across(at: int) -> float:
        return round(LEFT + at * step, 1)

    def down(value: float) -> float:
        return round(TOP + (top - value) / (top - bottom) * (HEIGHT - TOP - BOTTOM), 1)

    runs: list[list[tuple[float, float]]] = [[]]
    for at, (_, value) in enumerate(points):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((across(at), down(value)))
    drawn = [run if len(run) > 1 else [run[0], (run[0][0] + 1, run[0][1])] for run in runs if run]
    floor = HEIGHT - BOTTOM
    every = max(len(points) // 6, 1)
    levels = [bottom + (top - bottom) * tick / TICKS for tick in range(TICKS + 1)]
    return Line(
        title,
        tuple(" ".join(f"{x},{y}" for x, y in run) for run in drawn),
        tuple(" ".join(f"{x},{y}" for x, y in [(run[0][0], floor), *run, (run[-1][0], floor)]) for run in drawn),
        tuple((down(level), said(level, as_percent)) for level in levels),
        tuple((across(at), day[5:]) for at, (day, _) in enumerate(points) if at % every == 0 and at < len(points) - 1),
        tuple(Mark(down(min(value, top)), text) for value, text in marks),
        tuple((day, "—" if value is None else said(value, as_percent)) for day, value in points),
    )


def spark(values: Sequence[float | None]) -> str:
    """A small line of 96 by 24, without axes; empty where there is too little to draw."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = 96 / (len(known) - 1)
    return " ".join(f"{at * step:.1f},{22 - (value - low) / span * 20:.1f}" for at, value in enumerate(known))


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
