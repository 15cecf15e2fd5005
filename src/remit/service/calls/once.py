"""Answer a call once: under one key the same work is done once, and every repetition gets the same answer.

Whoever is at work on a call holds its fence, which is free again when their process dies. The answer is written down
before it goes out: in the last unit of the work, where it is known by then, else right after it. A crash in between
leaves none; the repetition then does the work again, and what it works on is found by its own request key, so that
nothing is decided twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta

from remit.agents.ports import Unit
from remit.core.canonical import digest
from remit.core.errors import Conflict, InputError
from remit.core.ports import Clock
from remit.service.calls.ports import Answer, Answers, Call
from remit.service.ports import Fences

KEY_LENGTH_MAX = 200


def once(
    answers: Answers,
    fences: Fences,
    clock: Clock,
    call: Call,
    do: Callable[[], Answer],
    *,
    hours: float,
    kept: Callable[[Answer], bool],
    keeping: Keeping | None = None,
) -> tuple[Answer, bool]:
    """The answer to a call, and whether it was given before.

    Args:
        do: does the work; what it raises is not kept.
        hours: for how long the answer is kept.
        kept: whether an answer is one for good; another (a fault of ours, too many calls) is given and forgotten.
        keeping: has kept the answer already where `do` returns the very one that it holds.

    Raises:
        InputError: the key is not one, or was used for another call.
        Conflict: this very call is being worked on.
    """
    check_key(call.key)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(fences.around(f"call-{digest([call.caller, call.key])}"))
        except Conflict as error:
            return _given(answers, clock, call) or _in_flight(error)
        before = _given(answers, clock, call)
        if before is not None:
            return before
        answer = do()
        if keeping is not None and answer is keeping.answer:
            return answer, False
        if kept(answer):
            now = clock.now()
            try:
                answers.keep(call, answer, now, now + timedelta(hours=hours))
            except Conflict:
                # Work that its caller did not wait for came to its end first, and has kept what it came to.
                first = _given(answers, clock, call)
                if first is None:
                    raise
                return first[0], False
        return answer, False


class Keeping:
    """Keeps the answer of one call in the unit of work that it tells of: so it costs no commit of its own.

    `answer` is what was kept so. It holds only once that unit was committed: whoever waits for the work has to wait for
    its end before it is believed.
    """

    def __init__(
        self, answers: Answers, clock: Clock, call: Call, *, hours: float, kept: Callable[[Answer], bool]
    ) -> None:
        self._answers = answers
        self._clock = clock
        self._call = call
        self._hours = hours
        self._kept = kept
        self.answer: Answer | None = None

    def within(self, unit: Unit, answer: Answer) -> None:
        """Keep an answer in this unit, if it is one for good and none is kept yet."""
        now = self._clock.now()
        until = now + timedelta(hours=self._hours)
        if self._kept(answer) and self._answers.keep_within(unit, self._call, answer, now, until):
            self.answer = answer


def check_key(key: str) -> None:
    """Hold that a key is 1 to 200 visible ASCII characters. Raises InputError."""
    if not 1 <= len(key) <= KEY_LENGTH_MAX or any(not "!" <= char <= "~" for char in key):
        raise InputError(
            f"an idempotency key has 1 to {KEY_LENGTH_MAX} visible ASCII characters",
            code="idempotency_key",
            mend="send a new UUID for each new request, and the same one when you repeat it",
        )


def request_key_of(call: Call) -> str:
    """The request key of what a call makes: one for each caller and key, whatever characters they have."""
    return f"api:{digest([call.caller, call.key])}"


def _given(answers: Answers, clock: Clock, call: Call) -> tuple[Answer, bool] | None:
    kept = answers.find(call, clock.now())
    if kept is None:
        return None
    if not kept.same or kept.answer is None:
        raise InputError(
            "this idempotency key was used for another request", code="request_key", mend="use a new key for a new one"
        )
    return kept.answer, True


def _in_flight(error: Conflict) -> tuple[Answer, bool]:
    raise Conflict(
        "this very request is being worked on", code="in_flight", mend="repeat it in a moment, with the same key"
    ) from error
