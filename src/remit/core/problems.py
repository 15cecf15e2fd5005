"""One problem in one file, spoken as a compiler does: place, message, the line with a caret, and the mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem with its place.

    `line` and `column` count from 1; 0 means the file as a whole. `excerpt` is the source line, without its newline.
    `code` is stable (for example ``yaml.duplicate-key``); `mend` says what to do.
    """

    message: str
    file: str
    line: int = 0
    column: int = 0
    excerpt: str = ""
    code: str = "problem"
    mend: str = ""

    @property
    def place(self) -> str:
        """``file:line:column``, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def render(self) -> str:
        """The problem as text: one line, then the excerpt with a caret, then the mend."""
        lines = [f"{self.place}: {self.message}"]
        if self.line and self.excerpt.strip():
            # A very long line is cut around the caret, so that a hostile file cannot flood a terminal.
            start = max(0, self.column - 60)
            shown = self.excerpt[start : start + 120].replace("\t", " ")
            lines.append(f"  | {shown}")
            lines.append("  | " + " " * (self.column - 1 - start) + "^")
        if self.mend:
            lines.append(f"  = {self.mend}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "code": self.code,
            "message": self.message,
            "mend": self.mend,
        }


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean `amount`?`` when one of the known words is close, else an empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else ""
