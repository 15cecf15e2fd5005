"""Claims are held against what was read: every citation, and every number that leans on one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from remit.core.words import Proposal

_INLINE = re.compile(r"\[([^\[\]\s]+@\d+#\d+)\]")
_NUMBER = re.compile(r"(\d{4})-\d{2}-\d{2}|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CitationProblem:
    """A claim that does not hold: `what` is the passage id that was not retrieved, or the number nobody wrote."""

    kind: Literal["not_retrieved", "number_unsupported"]
    what: str
    message: str


def check_citations(
    proposal: Proposal, passages: Mapping[str, str], case: Mapping[str, Any]
) -> tuple[CitationProblem, ...]:
    """Every citation that was not retrieved in this run, then every number that its sources do not hold.

    A reason cites inline, as ``[document@revision#chunk]``; its numbers must then stand in the passages it cites or in
    the case. ``5,000``, ``5000`` and ``5000.00`` are one number; a date is one thing and supports its year, not its
    month and day as numbers; a case field named ``*_cents`` also supports its value in whole units.

    Args:
        passages: the text of each passage retrieved in this run, by id.
    """
    inline = [cite for reason in proposal.reasons for cite in _INLINE.findall(reason)]
    missing = [cite for cite in dict.fromkeys([*proposal.cites, *inline]) if cite not in passages]
    problems = [CitationProblem("not_retrieved", c, f"`{c}` was cited but not retrieved") for c in missing]
    in_case = set(_numbers_of_case(case))
    for reason in proposal.reasons:
        cited = _INLINE.findall(reason)
        if not cited:
            continue
        supported = in_case.union(*(_numbers(passages.get(cite, "")) for cite in cited))
        for number in sorted(_numbers(_INLINE.sub("", reason)) - supported):
            message = f"the number {number} stands neither in {', '.join(cited)} nor in the case"
            problems.append(CitationProblem("number_unsupported", number, message))
    return tuple(problems)


def _numbers(text: str) -> set[str]:
    """Every number in one spelling, and every date with its year."""
    found: set[str] = set()
    for match in _NUMBER.finditer(text):
        found.update([match[0], match[1]] if match[1] else [_spelled(match[0])])
    return found


def _numbers_of_case(case: Mapping[str, Any]) -> Iterator[str]:
    for name, value in case.items():
        if isinstance(value, bool) or value is None:
            continue
        yield from _numbers(str(value))
        if name.endswith("_cents") and isinstance(value, int):
            yield _spelled(str(abs(Decimal(value)) / 100))


def _spelled(number: str) -> str:
    return format(Decimal(number.replace(",", "")).normalize(), "f")
