"""The client that waits: every operation of this package, on an `httpx.Client`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, ParamSpec, Self, overload

import httpx

from remit.client import batches, decisions, packs, policies, reviews
from remit.client.carrier import answer_of, arguments_of, headers_of, lost_by
from remit.client.pages import Pages
from remit.client.patience import Patience, patiently
from remit.client.wire import Answer, Ask, Call, Lost, Pause, T

P = ParamSpec("P")


class Carrier:
    """Drives operations over one `httpx.Client`."""

    def __init__(self, http: httpx.Client, patience: Patience, sleep: Callable[[float], None]) -> None:
        self.http, self._patience, self._sleep = http, patience, sleep

    def run(self, call: Call[T]) -> T:
        """Take every step of an operation."""
        flow = patiently(call, self._patience, time.monotonic)
        came: Answer | Lost | None = None
        try:
            while True:
                came = self._take(flow.send(came))
        except StopIteration as done:
            result: T = done.value
            return result

    def pages(self, pages: Pages[T]) -> Iterator[T]:
        """The things of a list; each page is fetched when its turn comes."""
        after: Pages[T] | None = pages
        while after is not None:
            page = self.run(after.call())
            yield from page.things
            after = page.after

    def _take(self, step: Ask | Pause) -> Answer | Lost | None:
        if isinstance(step, Pause):
            self._sleep(step.seconds)
            return None
        try:
            return answer_of(self.http.request(**arguments_of(step)), time.monotonic())
        except httpx.RequestError as error:
            return lost_by(error, time.monotonic())


class Operations:
    """Something that has operations."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier


class Does(Generic[P, T]):
    """An operation as a method."""

    def __init__(self, make: Callable[P, Call[T]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Operations, owner: type) -> Callable[P, T]: ...
    def __get__(self, holder: Operations | None, owner: type) -> Self | Callable[P, T]:
        if holder is None:
            return self
        carrier, make = holder._carrier, self._make
        return lambda *arguments, **named: carrier.run(make(*arguments, **named))


class Lists(Generic[P, T]):
    """A list as a method that gives an iterator."""

    def __init__(self, make: Callable[P, Pages[T]]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Operations, owner: type) -> Callable[P, Iterator[T]]: ...
    def __get__(self, holder: Operations | None, owner: type) -> Self | Callable[P, Iterator[T]]:
        if holder is None:
            return self
        carrier, make = holder._carrier, self._make
        return lambda *arguments, **named: carrier.pages(make(*arguments, **named))


class Reviews(Operations):
    """What waits for a person."""

    show = Does(reviews.show)
    claim = Does(reviews.claim)
    release = Does(reviews.release)
    approve = Does(reviews.approve)
    reject = Does(reviews.reject)
    edit = Does(reviews.edit)
    ask = Does(reviews.ask)
    snooze = Does(reviews.snooze)
    list = Lists(reviews.reviews)


class Policies(Operations):
    """Which contracts are in force, and how they change."""

    in_force = Does(policies.in_force)
    text = Does(policies.text)
    history = Does(policies.history)
    check = Does(policies.check)
    evaluate = Does(policies.evaluate)
    propose = Does(policies.propose)
    change = Does(policies.change)
    activate = Does(policies.activate)
    shadow = Does(policies.shadow)
    reject = Does(policies.reject)
    roll_back = Does(policies.roll_back)


class Batches(Operations):
    """Many cases at once."""

    hand_in = Does(batches.hand_in)
    get = Does(batches.get)
    results = Lists(batches.results)


class Client(Operations):
    """Remit over HTTP, waiting for each answer. Close it, or use it as a context.

    Args:
        base_url: where Remit is, such as ``https://remit.example``.
        api_key: the key that an administrator gave you.
        patience: how often and how long each call is tried.
        transport: what carries the requests, for tests and for proxies; httpx's own by default.
        sleep: what pauses.
    """

    decide = Does(decisions.decide)
    decide_later = Does(decisions.decide_later)
    wait = Does(decisions.wait)
    get = Does(decisions.get)
    list = Lists(decisions.decisions)
    explanation = Does(decisions.explanation)
    proof = Does(decisions.proof)
    report_outcome = Does(decisions.report_outcome)
    pack = Does(packs.pack)
    contract = Does(packs.contract)
    search = Does(packs.search)
    packs = Does(packs.packs)  # the last one: here the name hides the module

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        http = httpx.Client(base_url=base_url, headers=headers_of(api_key), transport=transport)
        super().__init__(Carrier(http, patience or Patience(), sleep))
        self.batches = Batches(self._carrier)
        self.policies = Policies(self._carrier)
        self.reviews = Reviews(self._carrier)

    def close(self) -> None:
        """Close every connection."""
        self._carrier.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
