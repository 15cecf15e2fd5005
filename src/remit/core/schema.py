"""What a record looks like: the neutral shape that a data contract or an action schema is read into.

The policy compiler derives CEL types from it, admission checks cases against it, proofs take domains from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldType = Literal["integer", "number", "string", "boolean", "timestamp", "strings"]
"""The types a field can have. `number` is a float64, `timestamp` an RFC 3339 text, `strings` a list of text."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: name, type, whether it must be there, and its domain (bounds inclusive, `values` enumerates)."""

    name: str
    type: FieldType
    required: bool = True
    values: tuple[str, ...] = ()
    minimum: float | int | None = None
    maximum: float | int | None = None
    max_items: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A named record of fields, in declaration order."""

    name: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


@dataclass(frozen=True, slots=True)
class ActionSchema:
    """One action that agents may propose: its typed arguments, its risk, and whether it acts on the world."""

    name: str
    args: Record
    risk: Literal["low", "medium", "high"] = "low"
    reversible: bool = True
    has_effect: bool = False
