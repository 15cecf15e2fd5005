"""The tools of the chat, declared: what each is for, what it takes, and behind which doors it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

SlotType = Literal["text", "moment", "integer", "object", "conditions"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing that a tool takes."""

    name: str
    type: SlotType
    what: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing that the chat can do. The asker has to come through every one of its doors."""

    name: str
    what: str
    doors: tuple[str, ...]
    slots: tuple[Slot, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(slot.name for slot in self.slots if slot.required)

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of what it takes."""
        return {
            "type": "object",
            "properties": {slot.name: {**_SCHEMAS[slot.type], "description": slot.what} for slot in self.slots},
            "required": list(self.required),
            "additionalProperties": False,
        }


@dataclass(frozen=True, slots=True)
class Call:
    """A tool with what it is given."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def to_json(self) -> dict[str, Any]:
        return {"tool": self.tool, "args": dict(self.args)}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> Call:
        return Call(said["tool"], said["args"])


_CONDITION = {
    "type": "object",
    "properties": {
        "field": {"type": "string"},
        "op": {"type": "string", "enum": [">", ">=", "<", "<=", "=="]},
        "value": {},
    },
    "required": ["field", "op", "value"],
    "additionalProperties": False,
}
_SCHEMAS: dict[SlotType, dict[str, Any]] = {
    "text": {"type": "string"},
    "moment": {"type": "string", "format": "date-time"},
    "integer": {"type": "integer"},
    "object": {"type": "object"},
    "conditions": {"type": "array", "items": _CONDITION},
}
_DECISION = Slot("decision", "text", "The decision's id, or the id of whom or what it is about, such as C-1042.", True)
_PACK = Slot("pack", "text", "The pack's name.")
_KIND = Slot("kind", "text", "Which of the pack's decisions, by its name, where the pack has several.")
_CASE = (Slot("pack", "text", "The pack's name.", True), _KIND, Slot("case", "object", "The case.", True))
_PERIOD = (Slot("since", "moment", "From then on."), Slot("until", "moment", "Before then."))

_ALL = (
    Tool("explain", "Why a decision came out as it did.", ("decisions.read",), (_DECISION, _KIND)),
    Tool("rules", "Which rules spoke on a decision, by which clause.", ("decisions.read",), (_DECISION, _KIND)),
    Tool("sources", "Which documents a decision rests on.", ("decisions.read",), (_DECISION, _KIND)),
    Tool(
        "search_decisions",
        "Find decisions by what came of them, when, and what their cases say.",
        ("decisions.list", "decisions.read"),
        (
            _PACK,
            _KIND,
            Slot("status", "text", "Where they stand, such as awaiting_review or denied."),
            Slot("action", "text", "The action that was proposed, such as decline."),
            Slot("escalated", "text", "`yes`: those that went to a person."),
            Slot("subject", "text", "Whom or what they are about, such as C-1042."),
            Slot("conditions", "conditions", "What their cases say, in the fields' own units."),
            *_PERIOD,
        ),
    ),
    Tool(
        "search_reviews",
        "Find reviews in the approval queue.",
        ("reviews.read",),
        (Slot("state", "text", "open, claimed, approved, rejected or all."), _PACK, _KIND, *_PERIOD),
    ),
    Tool(
        "what_if",
        "What would have been decided if the case had said something else. Nothing is stored.",
        ("decisions.read", "policies.read"),
        (_DECISION, _KIND, Slot("changes", "object", "Fields of the case with other values.", True)),
    ),
    Tool(
        "propose_case",
        "Read a new case and show it, to be decided once the asker confirms it.",
        ("decisions.create",),
        _CASE,
    ),
    Tool(
        "search_knowledge",
        "Find passages of the packs' documents.",
        ("knowledge.search",),
        (Slot("query", "text", "What to look for.", True), _PACK),
    ),
    Tool(
        "kpis",
        "Figures over decisions: how many, what came of them, how many without a person; day by day.",
        ("decisions.list",),
        (
            Slot("metric", "text", "volume, automation, escalation or denial."),
            Slot("figure", "text", "A figure that the pack declares."),
            _PACK,
            _KIND,
            *_PERIOD,
        ),
    ),
)
TOOLS: Mapping[str, Tool] = MappingProxyType({tool.name: tool for tool in _ALL})

DECIDE = Tool(
    "decide",
    "Decide a case that the asker has confirmed.",
    ("decisions.create",),
    _CASE,
)
"""Not among `TOOLS`: no brain can call it. Only the asker's own yes to a case that was shown does."""
