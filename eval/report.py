"""What one run of a suite says: a table for a terminal, a document for a machine, a section of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from remit.core.errors import InputError
from remit.eval.compare import Change, compare
from remit.eval.suite import Row, shown

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Result:
    """A run: its figures, the floors it was held against, and those that it breaks. `last` is the run before it."""

    suite: str
    question: str
    command: str
    machine: dict[str, str]
    quick: bool
    seed: int
    rows: tuple[Row, ...]
    floors: tuple[str, ...]
    broken: tuple[str, ...]
    last: Result | None = None

    @property
    def changes(self) -> list[Change]:
        """What differs from the last run; a quick run is compared with quick ones only."""
        if self.last is None or self.last.quick != self.quick:
            return []
        return compare(self.rows, self.last.rows, paired=self.last.seed == self.seed)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "suite": self.suite,
            "question": self.question,
            "command": self.command,
            "machine": self.machine,
            "quick": self.quick,
            "seed": self.seed,
            "rows": [row.to_json() for row in self.rows],
            "floors": list(self.floors),
            "broken": list(self.broken),
            "changes": [change.to_json() for change in self.changes],
        }

    @staticmethod
    def from_json(said: Any) -> Result:
        """What `to_json` wrote, without the run that it was compared with. Raises InputError."""
        try:
            if said["format"] != FORMAT:
                raise InputError(f"it is of format {said['format']}, not {FORMAT}")
            return Result(
                suite=str(said["suite"]),
                question=str(said["question"]),
                command=str(said["command"]),
                machine=dict(said["machine"]),
                quick=bool(said["quick"]),
                seed=int(said["seed"]),
                rows=tuple(Row.from_json(row) for row in said["rows"]),
                floors=tuple(said["floors"]),
                broken=tuple(said["broken"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"it is not the result of a suite: {error!r}") from error

    def lines(self) -> Iterator[str]:
        """The run for a terminal."""
        yield from (self.question, "")
        table = list(cells_of(self.rows))
        widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
        for case, *cells in table:
            columns = (text.rjust(width) for text, width in zip(cells, widths[1:], strict=True))
            yield "  ".join([case.ljust(widths[0]), *columns]).rstrip()
        if self.changes:
            yield from ("", "Since the last run:", *(f"  {change.words}" for change in self.changes))
        yield ""
        yield from (f"below the floor: {words}" for words in self.broken)
        if not self.broken:
            yield f"all {len(self.floors)} floors hold" + (" (a quick run)" if self.quick else "")

    def markdown(self) -> str:
        """The run as a section of a page."""
        first, *others = cells_of(self.rows)
        page = [f"## {self.suite}", "", self.question, "", f"Written by `{self.command}`, seed {self.seed}:", ""]
        page += [*(f"- {name}: {value}" for name, value in self.machine.items()), ""]
        page += [f"| {' | '.join(first)} |", "|---|" + "---:|" * (len(first) - 1)]
        page += [f"| {' | '.join(line)} |" for line in others]
        page += ["", *(f"- floor: {words}" for words in self.floors)]
        page += [f"- **below the floor**: {words}" for words in self.broken]
        return "\n".join(page) + "\n"


def cells_of(rows: tuple[Row, ...]) -> Iterator[tuple[str, ...]]:
    """The table, its head first: a line for each case, a column for each metric, both as they first appear."""
    metrics = list(dict.fromkeys(row.metric for row in rows))
    units = {row.metric: row.unit for row in rows}
    yield ("", *(f"{metric}, {units[metric]}" if units[metric] else metric for metric in metrics))
    found = {(row.case, row.metric): row for row in rows}
    for case in dict.fromkeys(row.case for row in rows):
        yield (case, *(cell(found.get((case, metric))) for metric in metrics))


def cell(row: Row | None) -> str:
    """A figure with its interval."""
    if row is None:
        return ""
    if row.low is None or row.high is None:
        return shown(row.value)
    return f"{shown(row.value)} [{shown(row.low)}, {shown(row.high)}]"


def with_section(page: str, suite: str, section: str) -> str:
    """A page of results with the section of one suite put in or renewed, the others as they were."""
    head, *sections = f"\n{page}".split("\n## ")
    kept = {each.partition("\n")[0].strip(): each.rstrip("\n") for each in sections}
    kept[suite] = section.removeprefix("## ").rstrip("\n")
    title = head.strip("\n") or "# Results of the suites"
    return "\n\n## ".join([title, *(kept[name] for name in sorted(kept))]) + "\n"
