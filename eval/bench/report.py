"""What a run of the benchmarks says: figures by section, for a terminal, for a machine, and for RESULTS.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from remit.eval.bench.measure import Spread

Unit = Literal["ms", "us", "/s", "x", "%", "bytes", "MiB"]
_OWN = ("machine", "Python", "remit")
"""What a section that was written on its own says of what it was measured on."""

_COLUMNS = ("", "median", "min", "max", "", "aim")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing. `aim` is what the project aims at, for the median; None where it aims at nothing."""

    name: str
    spread: Spread
    unit: Unit
    aim: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "unit": self.unit, **self.spread.to_json(), "aim": self.aim}

    @property
    def cells(self) -> tuple[str, ...]:
        """Name, median, min, max, unit, aim, as text."""
        numbers = (_number(value) for value in (self.spread.median, self.spread.low, self.spread.high))
        return (self.name, *numbers, self.unit, self.aim or "")


@dataclass(frozen=True, slots=True)
class Section:
    """One benchmark: what was done, and its figures."""

    title: str
    method: str
    figures: tuple[Figure, ...]

    def markdown(self, method: str) -> list[str]:
        """The section of the page, line by line."""
        return [
            *(f"## {self.title}", "", method, ""),
            *("| | median | min | max | unit | aim |", "|---|---:|---:|---:|---|---|"),
            *(f"| {' | '.join(figure.cells)} |" for figure in self.figures),
        ]

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "method": self.method, "figures": [figure.to_json() for figure in self.figures]}


@dataclass(frozen=True, slots=True)
class Report:
    """All that one run measured, and on what."""

    machine: dict[str, str]
    command: str
    rounds: int
    sections: tuple[Section, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine,
            "command": self.command,
            "rounds": self.rounds,
            "sections": [section.to_json() for section in self.sections],
        }

    def lines(self) -> Iterator[str]:
        """The report for a terminal."""
        for section in self.sections:
            yield from ("", section.title, f"  {section.method}")
            rows = [_COLUMNS, *(figure.cells for figure in section.figures)]
            widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
            for name, *numbers, unit, aim in rows:
                cells = [text.rjust(width) for text, width in zip(numbers, widths[1:4], strict=True)]
                yield "  ".join(["", name.ljust(widths[0]), *cells, unit.ljust(widths[4]), aim]).rstrip()

    def markdown(self) -> str:
        """The report as the page `eval/RESULTS.md`."""
        page = [
            "# Results",
            "",
            f"Written by `{self.command}`: medians of {self.rounds} interleaved rounds in one process run. Times are "
            "this machine's; ratios are what travels.",
            "",
            *(f"- {name}: {value}" for name, value in self.machine.items()),
        ]
        for section in self.sections:
            page += ["", *section.markdown(section.method)]
        return "\n".join(page) + "\n"

    def put_into(self, page: str) -> str:
        """The page of another run, in which the sections of this one are replaced, or added at its end.

        Each says by which command, on what and with how many rounds it was written.
        """
        known = {each.title: each for each in self.sections}
        head, *others = page.rstrip("\n").split("\n## ")
        kept = [each for each in others if each.partition("\n")[0] not in known]
        machine = ", ".join(f"{name} {value}" for name, value in self.machine.items() if name in _OWN)
        written = f"Written by `{self.command}` on its own: {machine}."
        own = ["\n".join(each.markdown(f"{written} {each.method}")) for each in self.sections]
        parts = [head.rstrip("\n"), *(f"## {each}".rstrip("\n") for each in kept), *own]
        return "\n\n".join(parts) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"
