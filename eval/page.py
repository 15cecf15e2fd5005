"""The result of a suite as one HTML page that needs nothing else: tables, and a picture of each metric."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

from remit.eval.report import Result, cell, cells_of
from remit.eval.suite import Row, shown

WIDTH, LINE, NAMES, RIGHT = 860, 24, 340, 120
"""The picture in pixels: its width, the height of a case, the room for the names and for the figures."""

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 900px; margin: 2rem auto; padding: 0 1rem; color: #1d2733 }
table { border-collapse: collapse; display: block; overflow-x: auto } td, th { padding: .2rem .6rem; text-align: right }
td:first-child, th:first-child { text-align: left } tr:nth-child(even) { background: #f2f5f8 }
.broken { color: #a3200d; font-weight: 600 } svg { width: 100%; height: auto } svg text { font-size: 12px }
@media (prefers-color-scheme: dark) { body { background: #12181f; color: #dde5ec }
tr:nth-child(even) { background: #1b242e }
svg text { fill: #dde5ec } .broken { color: #ff9d8a } }
"""


def html(result: Result) -> str:
    """The page. Everything that was measured or named is escaped."""
    head, *lines = cells_of(result.rows)
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(result.suite)}</title><style>{STYLE}</style>",
        '<meta name=viewport content="width=device-width, initial-scale=1">',
        f"<h1>{escape(result.suite)}</h1><p>{escape(result.question)}</p>",
        *_floors(result),
        f"<table><tr>{''.join(f'<th scope=col>{escape(text)}</th>' for text in head)}</tr>",
        *(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in line)}</tr>" for line in lines),
        "</table>",
        *_changes(result),
        *(f"<h2>{escape(metric)}</h2>{_picture(metric, rows)}" for metric, rows in _by_metric(result.rows)),
        f"<h2>How</h2><p><code>{escape(result.command)}</code>, seed {result.seed}</p><ul>",
        *(f"<li>{escape(name)}: {escape(value)}</li>" for name, value in result.machine.items()),
        "</ul></html>",
    ]
    return "\n".join(parts) + "\n"


def _floors(result: Result) -> Iterator[str]:
    yield "<h2>Floors</h2><ul>"
    yield from (f"<li>{escape(words)}</li>" for words in result.floors)
    yield from (f"<li class=broken>below the floor: {escape(words)}</li>" for words in result.broken)
    yield "</ul>"
    if not result.broken:
        yield f"<p>All {len(result.floors)} hold.</p>"


def _changes(result: Result) -> Iterator[str]:
    if result.changes:
        yield "<h2>Since the last run</h2><ul>"
        yield from (f"<li>{escape(change.words)}</li>" for change in result.changes)
        yield "</ul>"


def _by_metric(rows: tuple[Row, ...]) -> Iterator[tuple[str, list[Row]]]:
    for metric in dict.fromkeys(row.metric for row in rows):
        yield metric, [row for row in rows if row.metric == metric]


def _picture(metric: str, rows: list[Row]) -> str:
    """A dot for each case, with its interval as a bar, on a scale from zero (or the least) to the most."""
    numbers = [each for row in rows for each in (row.value, row.low, row.high) if each is not None]
    numbers = [each for each in numbers if math.isfinite(each)]
    if not numbers:
        return "<p>Nothing could be measured.</p>"
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    scale = (WIDTH - NAMES - RIGHT) / ((high - low) or 1.0)
    height = LINE * (len(rows) + 1)
    marks = [_mark(row, index, low, scale) for index, row in enumerate(rows)]
    axis = "".join(
        f'<text x="{NAMES + (at - low) * scale:.1f}" y="{height - 6}" text-anchor="middle">{shown(at)}</text>'
        for at in sorted({low, high})
    )
    title = f"<title>{escape(metric)}</title>"
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img">{title}{"".join(marks)}{axis}</svg>'


def _mark(row: Row, index: int, low: float, scale: float) -> str:
    y = LINE * index + LINE / 2
    name = f'<text x="{NAMES - 12}" y="{y + 4}" text-anchor="end">{escape(row.case)}</text>'
    figure = f'<text x="{WIDTH - RIGHT + 12}" y="{y + 4}">{escape(cell(row).partition(" [")[0])}</text>'
    bar = dot = ""
    if row.low is not None and row.high is not None and math.isfinite(row.low) and math.isfinite(row.high):
        ends = (NAMES + (each - low) * scale for each in (row.low, row.high))
        bar = '<line x1="{:.1f}" x2="{:.1f}" y1="{y}" y2="{y}" stroke="#7fa6c9" stroke-width="6"/>'.format(*ends, y=y)
    if row.value is not None and math.isfinite(row.value):
        dot = f'<circle cx="{NAMES + (row.value - low) * scale:.1f}" cy="{y}" r="4" fill="#1f6fb2"/>'
    return name + figure + bar + dot
