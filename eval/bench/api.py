"""``POST /v1/decisions`` by many clients at once, against a bare FastAPI route on a bare graph of the same shape."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from remit.core.errors import SystemFailed
from remit.eval.bench.callers import Flow, flow, together
from remit.eval.bench.decision import VERDICTS
from remit.eval.bench.measure import Spread, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.served import Served, free_port, served
from remit.eval.bench.workbench import ACTOR, PACK, Workbench, engine_in
from remit.service.identity.create_key import create_key
from remit.wiring import Engine

CLIENTS = (1, 8, 32)
REQUESTS = 192
"""How many requests the clients of one measurement send together."""
TURNS = 3
"""In how many parts they do."""
CASES = 40

Post = Callable[[int], "Caller"]
"""Makes one client; it is told its number."""


def measure(bench: Workbench, rounds: int) -> Section:
    """Requests per second and waits by number of clients, interleaved; memory at rest, and a start from nothing."""
    home, cases = bench.fresh(), _known_cases(bench)
    key = _prepared(home, cases)
    with contextlib.ExitStack() as stack:
        starts: list[float] = []
        for _ in range(rounds):
            with _remit(bench, home) as each:
                starts.append(each.ready_ms)
        mine = stack.enter_context(_remit(bench, home))
        at_rest = mine.resident_bytes()
        bare, acting = (stack.enter_context(bare_route(bench, acts=acts)) for acts in (False, True))
        contenders = {
            "Remit": posting(mine.port, cases, {"Authorization": f"Bearer {key}"}, with_verdict=False),
            "bare route": posting(bare.port, cases, {}, with_verdict=True),
            "bare route that acts": posting(acting.port, cases, {}, with_verdict=True),
        }
        _warm(contenders, len(cases))
        figures = [figure for clients in CLIENTS for figure in figures_of(contenders, clients, rounds)]
        under_way = mine.resident_bytes()
    return Section(
        "The API",
        f"{REQUESTS} requests, each a real case of the pack `{PACK}` seen before, by so many clients at once on "
        "connections that are kept. `remit serve` is one process on SQLite, with a key, a new Idempotency-Key each "
        "time, and every guard on. The bare route takes the same bodies, and runs a graph of the same shape with "
        "nothing in it under LangGraph's SqliteSaver, `sync`: so a killed run goes on where it was, as Remit's does. "
        "The one that acts also writes one entry where the case is allowed, into the same system of record as the "
        "pack; where the contract obliges to a notice Remit writes a second. All are warm. The clients share the "
        "machine with what they measure.",
        (
            *figures,
            Figure("remit serve, from its start to ready", Spread.of(starts), "ms"),
            Figure("remit serve, memory when ready", Spread.of([at_rest / 2**20]), "MiB"),
            Figure("remit serve, memory after all requests", Spread.of([under_way / 2**20]), "MiB"),
        ),
    )


def figures_of(contenders: Mapping[str, Post], clients: int, rounds: int) -> Iterator[Figure]:
    """Rates and waits of contenders by name, and the first one's rate over each of the others'.

    They take turns several times in a round, so that a disk that is slow for seconds favours none of them.
    """
    flows: dict[str, list[Flow]] = {name: [] for name in contenders}
    names = list(contenders)
    for _ in range(rounds):
        parts: dict[str, list[Flow]] = {name: [] for name in contenders}
        for turn in range(TURNS):
            start = turn % len(names)
            for name in names[start:] + names[:start]:
                parts[name].append(_flow_of(contenders[name], clients))
        for name in names:
            flows[name].append(together(parts[name]))
    for name, measured in flows.items():
        yield Figure(f"{name}, {_clients(clients)}, requests", Spread.of(each.rate for each in measured), "/s")
        for share in (0.5, 0.95, 0.99):
            waits = Spread.of(each.quantile(share) for each in measured)
            yield Figure(f"{name}, {_clients(clients)}, wait p{share * 100:.0f}", waits, "ms")
    mine, *others = names
    for name in others:
        spread = ratios((each.rate for each in flows[mine]), (each.rate for each in flows[name]))
        yield Figure(f"{_clients(clients)}: requests of {mine} / {name}", spread, "x", ">= 0.6")


def _warm(contenders: Mapping[str, Post], count: int) -> None:
    """Let each see every case once: what is kept in memory is kept by then, and the questions are embedded."""
    for post in contenders.values():
        with contextlib.closing(post(0)) as caller:
            for _ in range(count):
                caller()


def _flow_of(post: Post, clients: int) -> Flow:
    with contextlib.ExitStack() as stack:
        records = [post(number) for number in range(clients)]
        for record in records:
            stack.callback(record.close)
            record()
        return flow(records, max(REQUESTS // TURNS, clients))


def _clients(count: int) -> str:
    return f"{count} client{'s' if count > 1 else ''}"


class Caller:
    """One client: a connection that is kept, and the next case each time."""

    def __init__(self, port: int, bodies: Iterator[bytes], headers: Mapping[str, str]) -> None:
        self._link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._bodies = bodies
        self._headers = {"Content-Type": "application/json", **headers}

    def __call__(self) -> None:
        headers = {**self._headers, "Idempotency-Key": str(uuid.uuid4())}
        self._link.request("POST", "/v1/decisions", next(self._bodies), headers)
        answer = self._link.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise SystemFailed(f"a request was answered with {answer.status}: {said[:300]!r}")

    def close(self) -> None:
        self._link.close()


def posting(
    port: int, cases: list[tuple[dict[str, Any], str]], headers: Mapping[str, str], *, with_verdict: bool
) -> Post:
    bodies = [
        json.dumps({"pack": PACK, "case": case, **({"verdict": VERDICTS[status]} if with_verdict else {})}).encode()
        for case, status in cases
    ]
    return lambda number: Caller(port, itertools.islice(itertools.cycle(bodies), number, None), headers)


def _known_cases(bench: Workbench) -> list[tuple[dict[str, Any], str]]:
    """Real cases in their natural mixture, each with what comes of it; those that are quarantined are left out."""
    decided = ((case, bench.engine.decide(PACK, case, ACTOR)["status"]) for case in bench.cases)
    return list(itertools.islice(((case, status) for case, status in decided if status in VERDICTS), CASES))


def _prepared(home: Any, cases: list[tuple[dict[str, Any], str]]) -> str:
    """A data folder on which every case was decided once, and a key for it."""
    with engine_in(home) as engine:
        for case, _ in cases:
            engine.decide(PACK, case, ACTOR)
        return _key(engine)


def _key(engine: Engine) -> str:
    scopes = ["decisions:write", "decisions:read"]
    made = create_key(engine.services, ACTOR, "bench-app", scopes, app=True)
    key: str = made["key"]
    return key


def _remit(bench: Workbench, home: Any) -> contextlib.AbstractContextManager[Served]:
    port = free_port()
    settings = {
        "REMIT_HOME": str(home),
        "REMIT_WARM_PACKS": PACK,
        "REMIT_LOG_LEVEL": "warning",
        "REMIT_RATE_PER_MINUTE": "0",
    }
    command = ["-c", "from remit.cli.main import run; run()", "serve", "--port", str(port), "--no-work"]
    return served(command, port, bench.fresh(".log"), settings)


def bare_route(bench: Workbench, *, acts: bool = False) -> contextlib.AbstractContextManager[Served]:
    port = free_port()
    command = ["-m", "remit.eval.bench.bare_service", str(port), str(bench.fresh(".db"))]
    command += [str(bench.fresh(".db"))] if acts else []
    return served(command, port, bench.fresh(".log"), {})
