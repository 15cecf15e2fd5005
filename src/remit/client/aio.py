"""The client to be awaited: every operation of this package, on an `httpx.AsyncClient`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, overload

import httpx

from remit.client import batches, decisions, packs, policies, reviews
from remit.client.carrier import answer_of, arguments_of, headers_of, lost_by
from remit.client.pages import Pages
from remit.client.patience import Patience, patiently
from remit.client.wire import Answer, Ask, Call, Lost, Pause, T

P = ParamSpec("P")


class Carrier:
    """Drives operations over one `httpx.AsyncClient`."""

    def __init__(
        self, http: httpx.AsyncClient, patience: Patience, sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self.http, self._patience, self._sleep = http, patience, sleep

    async def run(self, call: Call[T]) -> T:
        """Take every step of an operation."""
        flow = patiently(call, self._patience, time.monotonic)
        came: Answer | Lost | None = None
        try:
            while True:
                came = await self._take(flow.send(came))
        except StopIteration as done:
            result: T = done.value
            return result

    async def pages(self, pages: Pages[T]) -> AsyncIterator[T]:
        """The things of a list; each page is fetched when its turn comes."""
        after: Pages[T] | None = pages
        while after is not None:
            page = await self.run(after.call())
            for thing in page.things:
                yield thing
            after = page.after

    async def _take(self, step: Ask | Pause) -> Answer | Lost | None:
        if isinstance(step, Pause):
            await self._sleep(step.seconds)
            return None
        try:
            return answer_of(await self.http.request(**arguments_of(step)), time.monotonic())
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
    def __get__(self, holder: Operations, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, holder: Operations | None, owner: type) -> Self | Callable[P, Coroutine[Any, Any, T]]:
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
    def __get__(self, holder: Operations, owner: type) -> Callable[P, AsyncIterator[T]]: ...
    def __get__(self, holder: Operations | None, owner: type) -> Self | Callable[P, AsyncIterator[T]]:
        if holder is None:
            return self
        carrier, make = holder._carrier, self._make
        return lambda *arguments, **named: carrier.pages(make(*arguments, **named))


class AsyncReviews(Operations):
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


class AsyncPolicies(Operations):
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


class AsyncBatches(Operations):
    """Many cases at once."""

    hand_in = Does(batches.hand_in)
    get = Does(batches.get)
    results = Lists(batches.results)


class AsyncClient(Operations):
    """Remit over HTTP, each operation to be awaited. Close it, or use it as a context.

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
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        http = httpx.AsyncClient(base_url=base_url, headers=headers_of(api_key), transport=transport)
        super().__init__(Carrier(http, patience or Patience(), sleep))
        self.batches = AsyncBatches(self._carrier)
        self.policies = AsyncPolicies(self._carrier)
        self.reviews = AsyncReviews(self._carrier)

    async def close(self) -> None:
        """Close every connection."""
        await self._carrier.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
