"""What can go wrong, as a tree. Each error carries a stable `code`, and its class says how a process ends.

RemitError
├── InputError        exit 2   the caller's words or files are off; nothing was done
│   ├── SourceError            a file has problems: every one of them, each with its place
│   └── NotFound               a pack, a decision, a review of that name does not exist
├── AnswerIsNo        exit 1   the question was understood and the answer is no
│   ├── Refused                a rule of conduct forbids it (four eyes, role, state)
│   │   └── Forbidden          no role or scope of the asker opens this door
│   ├── Unauthenticated        nobody has proved who is asking
│   └── Conflict               somebody else was first
└── SystemFailed      exit 3   Remit or its machine failed; the text says what to mend
    ├── Transient              a passing fault; the same call may succeed later
    ├── Undecidable            a case that cannot be thought through; a person has to
    └── Corrupted              stored data is not what was written
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from remit.core.problems import Problem


class RemitError(Exception):
    """The root. `code` is stable and machine-readable; `exit_code` is what the command line ends with.

    `facts` are what a program may want to know beside the message, by name.
    """

    exit_code = 3
    code = "error"
    facts: Mapping[str, Any] = MappingProxyType({})

    def __init__(self, message: str, *, code: str | None = None, mend: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        if code is not None:
            self.code = code

    def to_json(self) -> dict[str, Any]:
        """Code, message, mend and facts, for a program."""
        return {"code": self.code, "message": self.message, "mend": self.mend, **self.facts}


class InputError(RemitError):
    """The caller's words, case or files are off. Nothing was done."""

    exit_code = 2
    code = "input"


class SourceError(InputError):
    """One or more files have problems. Every problem is reported at once, each with file, line and column."""

    code = "source"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "problems": [problem.to_json() for problem in self.problems]}


class NotFound(InputError):
    """There is nothing of that name here."""

    code = "not_found"


class AnswerIsNo(RemitError):
    """The question was understood; the answer is no."""

    exit_code = 1
    code = "no"


class Refused(AnswerIsNo):
    """A rule of conduct forbids it: four eyes, a role, or the state that the thing is in."""

    code = "refused"


class Forbidden(Refused):
    """No role or scope of the asker opens this door."""

    code = "forbidden"


class Unauthenticated(AnswerIsNo):
    """Nobody has proved who is asking: no credential, or one that is unknown, expired or revoked."""

    code = "unauthenticated"


class Conflict(AnswerIsNo):
    """Somebody else was first; look again and decide anew."""

    code = "conflict"


class SystemFailed(RemitError):
    """Remit or its machine failed. Nothing is half done; the text says what to mend."""

    exit_code = 3
    code = "system"


class Corrupted(SystemFailed):
    """Stored data is not what was written."""

    code = "corrupted"


class Transient(SystemFailed):
    """A passing fault, such as a database that stayed locked too long. The same call may succeed later."""

    code = "transient"


class Undecidable(SystemFailed):
    """This case cannot be thought through to a proposal: an argument or a reward has no value. A person has to."""

    code = "undecidable"
