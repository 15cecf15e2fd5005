"""A conversation: questions, each with a run that answers it, each run with its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

RunState = Literal["running", "done", "stopped", "failed"]
LEASE = timedelta(seconds=20)
"""How long a run may give no sign of life before another process goes on with it."""

QUESTION_CHARACTERS_MAX = 20_000
TITLE_CHARACTERS_MAX = 120


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of one person or app. Its title says nothing of any case."""

    id: str
    owner: str
    title: str
    made_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"conversation_id": self.id, "title": self.title, "made_at": self.made_at.isoformat()}


@dataclass(frozen=True, slots=True)
class About:
    """Whom or what a text tells of: a decision, or the subject of a case that is none yet. It is erased with them."""

    decision_id: str | None = None
    subject: str | None = None


NOBODY = About()


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One thing that happened in a run. `data` is None once whom it told of was erased."""

    type: str
    data: Mapping[str, Any] | None
    about: About = NOBODY
    n: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """The answering of one question. `question` is None once whom it told of was erased.

    `n` counts the runs of a conversation from 1; `asker` is who asked, as JSON of the principal. `call` is what was
    understood: the tool and what it was given, for the questions that follow. `fence` counts who worked on it;
    `held_until` is when the last of them counts as dead.
    """

    id: str
    conversation_id: str
    asker: Mapping[str, Any]
    question: str | None
    at: datetime
    held_until: datetime
    state: RunState = "running"
    call: Mapping[str, Any] | None = None
    fence: int = 0
    n: int = 0

    @property
    def over(self) -> bool:
        return self.state != "running"

    def to_json(self) -> dict[str, Any]:
        return {
            "run_id": self.id,
            "question": self.question,
            "erased": self.question is None,
            "state": self.state,
            "asked_at": self.at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """What an answer rests on: a decision, a review, a rule or a passage, by its id. `label` is what a chip says."""

    kind: Literal["decision", "review", "rule", "passage", "figures", "case"]
    id: str
    label: str
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, n: int) -> dict[str, Any]:
        return {"n": n, "kind": self.kind, "id": self.id, "label": self.label, **self.more}


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: text with marks such as [1], what they point to, and parts that are shown beside it.

    `about` is whom it tells of. `parts` are tables, charts and cases to confirm; each is a pair of an event's type and
    data, with whom that tells of.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    parts: tuple[RunEvent, ...] = ()
    about: About = NOBODY
    outcome: Literal["answered", "unclear", "refused", "not_found", "to_confirm", "decided", "failed"] = "answered"
    title: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave: the answer that follows from it, and what of it a language model may be told.

    `foreign` are words in it that somebody put into a case. They bear nothing out.
    """

    tool: str
    answer: Answer
    told: Mapping[str, Any] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
