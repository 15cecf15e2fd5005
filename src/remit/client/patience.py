"""How often and how long a request is tried: what is worth another try, and after which pause."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from remit.client.errors import InFlight, NoAnswer, OutOfTime, ProblemError, Unreadable, problem_of
from remit.client.wire import Answer, Ask, Call, Flow, Lost, Pause, Request, T

_UNKNOWN = (502, 503, 504)
"""Answers after which something may have been done: of something between us and Remit, or of a Remit that broke off."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to insist.

    Args:
        seconds: the deadline of a call, pauses and all tries together.
        tries: how often a request is sent at most.
        first_pause: about how long the first pause is, in seconds; each further one is twice as long.
        longest_pause: what a pause grows to at most. A ``Retry-After`` is kept even where it is longer.
        chance: a number from 0 to 1, so that many clients do not come back at the same moment.
    """

    seconds: float = 60.0
    tries: int = 8
    first_pause: float = 0.1
    longest_pause: float = 5.0
    chance: Callable[[], float] = random.random

    def pause(self, tried: int, asked_for: float | None) -> float:
        """Seconds to wait after so many tries: full jitter over an exponential, never less than was asked for."""
        longest: float = min(self.longest_pause, self.first_pause * 2 ** (tried - 1))
        return (asked_for or 0.0) + longest * self.chance()


def patiently(call: Call[T], patience: Patience, now: Callable[[], float]) -> Flow[T]:
    """Drive an operation, with every request of it tried as often as is right and as patience lasts.

    Raises:
        ProblemError: Remit answered with a problem that another try would not change.
        NoAnswer: no answer came, and asking again could do something twice, or all tries were used up.
    """
    deadline = now() + patience.seconds
    answer: Answer | None = None
    try:
        step = next(call)
        while True:
            if isinstance(step, Pause):
                yield step
                deadline = now() + patience.seconds
                assert answer is not None, "there is nothing to wait for before the first answer"
            else:
                answer = yield from _insist(step, patience, deadline, now)
            step = _go_on(call, answer)
    except StopIteration as done:
        result: T = done.value
        return result


def _go_on(call: Call[T], answer: Answer) -> Request | Pause:
    try:
        return call.send(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"the answer has another shape than expected ({type(error).__name__}: {error})") from error


def _insist(request: Request, patience: Patience, deadline: float, now: Callable[[], float]) -> Flow[Answer]:
    tried = 0
    while True:
        came = yield Ask(request, max(deadline - now(), 0.001))
        tried += 1
        if isinstance(came, Answer) and came.status < 300:
            return came
        assert came is not None
        error, asked_for = _failure(came)
        if tried >= patience.tries or not _worth_another(request, error):
            raise error
        pause = patience.pause(tried, asked_for)
        if now() + pause >= deadline:
            if isinstance(came, Lost):
                raise OutOfTime(came.why, sent=came.sent)
            raise error
        yield Pause(pause)


def _failure(came: Answer | Lost) -> tuple[ProblemError | NoAnswer, float | None]:
    if isinstance(came, Lost):
        return NoAnswer(came.why, sent=came.sent), None
    return problem_of(came), came.retry_after


def _worth_another(request: Request, error: ProblemError | NoAnswer) -> bool:
    """Whether another try can help and cannot harm."""
    if isinstance(error, NoAnswer):
        return request.again or not error.sent
    if isinstance(error, InFlight):
        return True
    if error.nothing_done:
        return True
    return error.status in (429, *_UNKNOWN) and request.again
