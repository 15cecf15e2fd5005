"""``Idempotency-Key``: a request that is sent again with its key is answered as it was, and done once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from remit.api.doors import Entered, the_engine
from remit.api.problems import REPEATABLE, problem_of
from remit.api.refusals import PROBLEM
from remit.core.errors import InputError, RemitError
from remit.identity.principal import Principal
from remit.service.calls.once import Keeping, check_key, request_key_of
from remit.service.calls.ports import Answer, Call
from remit.wiring import Engine

REPLAYED = "Idempotent-Replayed"
KEPT_PROBLEMS = frozenset({400, 404, 410, 422})
"""The refusals that are answers for good. Others may be different a moment later: who may, who is first, how busy."""

IDEMPOTENCY_KEY = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="1 to 200 visible ASCII characters, new for each new request; the same when it is repeated.",
        examples=["9f3c8a52-9d3e-4d0c-8a77-0a6f6a3b8f11"],
    ),
]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a route answers with. `decision_id` names the decision that the content tells of, if it does."""

    content: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """A request, and the key that it came with."""

    engine: Engine
    place: str
    key: str | None

    def request_key(self, who: Principal) -> str | None:
        """The request key of what this request makes, so that not even an expired answer makes it twice."""
        return None if self.key is None else request_key_of(self._call(who, self.key, None))

    def answer(self, who: Entered, asked: BaseModel | Mapping[str, Any], do: Callable[[], Reply]) -> Response:
        """Answer once for each key of this caller; without a key, simply answer.

        Raises:
            InputError: the key is not one, or was used for another request.
            Conflict: this very request is being worked on.
        """
        if self.key is None:
            return _response(rendered(do()))
        return self.answer_within(who, asked, lambda _keeping: do())

    def answer_within(
        self, who: Entered, asked: BaseModel | Mapping[str, Any], do: Callable[[Keeping], Reply | Answer]
    ) -> Response:
        """The same for work that may keep its answer itself, and then gives the very one that it has kept."""
        assert self.key is not None
        body = asked.model_dump() if isinstance(asked, BaseModel) else dict(asked)
        call, calls = self._call(who.principal, self.key, body), self.engine.calls
        keeping = calls.keeping(call, _is_kept)
        answer, replayed = calls.once(call, lambda: _answered(lambda: do(keeping)), kept=_is_kept, keeping=keeping)
        return _response(answer, {REPLAYED: "true"} if replayed else {})

    def _call(self, who: Principal, key: str, body: Any) -> Call:
        # The plain encoder: it takes whatever came in as JSON, where others stop at huge integers and lone surrogates.
        asked = json.dumps([self.place, body], sort_keys=True, default=str)
        return Call(f"{who.kind}:{who.id}", key, hashlib.sha256(asked.encode()).hexdigest())


async def once(request: Request, key: IDEMPOTENCY_KEY = None) -> Once:
    """The dependency of a route that may be repeated with a key. Raises InputError: it is not a key."""
    if key is not None:
        check_key(key)
        request.scope[REPEATABLE] = True
    return Once(the_engine(request), f"{request.method} {request.url.path}?{request.url.query}", key)


async def once_with_key(asked: Annotated[Once, Depends(once)]) -> Once:
    """The dependency of a route that must not be called without a key. Raises InputError: there is none."""
    if asked.key is None:
        raise InputError(
            "the Idempotency-Key header is missing", code="idempotency_key", mend="send a new UUID for a new request"
        )
    return asked


MayRepeat = Annotated[Once, Depends(once)]
MustRepeat = Annotated[Once, Depends(once_with_key)]


def _answered(do: Callable[[], Reply | Answer]) -> Answer:
    """The answer of a route; a refusal that is one for good is an answer, too."""
    try:
        said = do()
        return said if isinstance(said, Answer) else rendered(said)
    except RemitError as error:
        problem = problem_of(error)
        if problem.status_code not in KEPT_PROBLEMS:
            raise
        return Answer(problem.status_code, {"Content-Type": PROBLEM}, bytes(problem.body).decode())


def rendered(reply: Reply) -> Answer:
    """The reply as it goes out."""
    body = bytes(JSONResponse(reply.content).body).decode()
    return Answer(reply.status, {"Content-Type": "application/json", **reply.headers}, body, reply.decision_id)


def _is_kept(answer: Answer) -> bool:
    return answer.status < 300 or answer.status in KEPT_PROBLEMS


def _response(answer: Answer, more: Mapping[str, str] | None = None) -> Response:
    return Response(answer.body, answer.status, headers={**answer.headers, **(more or {})})
