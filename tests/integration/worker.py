"""A warm process that forks a child for each job, so that a test can kill real processes without waiting for imports.

Lines of JSON come in, one answer goes out for each: ``{"start": job, …}`` gives the child's pid, ``{"wait": pid}`` how
it ended (negative: the signal that killed it).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

import remit.adapters.checkpoints
import remit.adapters.dbos.queue
import remit.agents.graph
import remit.api.process
import remit.api.serve
import remit.cli.main
import remit.retrieval.search
import remit.service.batch
import remit.service.chat.work
import remit.service.decide
import remit.service.index_pack
import remit.service.reviews.decide
import remit.service.reviews.edit
import remit.service.runs
import remit.service.submit
import remit.service.train_pack
import remit.wiring
import remit.wiring.work
from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.adapters.sql.store import SqlJournal, SqlStore, SqlUnit
from remit.api.app import create_app
from remit.cli.supervisor import listening
from remit.core.errors import AnswerIsNo, RemitError
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.service.reviews.compensate import compensate
from remit.settings import Settings
from remit.web.faces import put_faces_on
from remit.wiring import Engine
from remit.wiring.parts import FolderLibrary


def open_engine(home: str, url: str, at: str) -> Engine:
    settings = Settings(home=Path(home), database_url=url or None)
    engine = Engine(settings, clock=FixedClock(datetime.fromisoformat(at)), embedder=HashingEmbedder())
    engine.services.parts.__dict__["_index"] = MemoryVectorIndex()
    return engine


def decide(engine: Engine, pack: str, case: dict[str, Any], key: str | None) -> Any:
    return engine.decide(pack, case, Actor("ana", roles=("clerk",)), request_key=key)


def submit(engine: Engine, pack: str, case: dict[str, Any], key: str | None) -> Any:
    return engine.submit(pack, case, Actor("ana", roles=("clerk",)), request_key=key)


def carry_on(engine: Engine, decision_id: str) -> Any:
    return engine.carry_on(decision_id)


def review(engine: Engine, review_id: str, who: str, role: str, choice: Any) -> Any:
    return engine.decide_review(review_id, Actor(who, roles=(role,)), choice, "as it should be")


def undo(engine: Engine, of: str) -> Any:
    return compensate(engine.services, of, Actor("otto", roles=("officer",)), "paid to the wrong account")


def erase(engine: Engine, subject: str, reason: str) -> Any:
    return engine.safekeeping.erase(subject, reason, Actor("olga", roles=("privacy",)), cancel_reviews=True)


def race(engine: Engine, review_id: str, racers: list[tuple[str, str]]) -> list[Any]:
    """Each racer in a thread of their own, all at once: who, what, the error if any, and its words."""
    services, start = engine.services, threading.Barrier(len(racers))

    def run(racer: tuple[str, str]) -> tuple[str, str, str | None, str]:
        who, kind = racer
        actor = Actor(who, roles=("officer",))
        start.wait()
        try:
            if kind == "edit":
                words = {"amount_cents": str(200_000 + len(who))}
                remit.service.reviews.edit.edit_review(services, review_id, actor, words, "as agreed", version=1)
            else:
                choice: Any = kind.split()[0]
                version = None if kind == "approve blindly" else 1
                engine.decide_review(review_id, actor, choice, "as it should be", version=version)
        except RemitError as error:
            return who, kind, type(error).__name__, error.message
        return who, kind, None, ""

    with ThreadPoolExecutor(len(racers)) as pool:
        return list(pool.map(run, racers))


def traffic(engine: Engine, pack: str, seed: int, diary: str) -> None:
    """Decide, review and recover until this process is killed; what was acknowledged is in the diary at once."""
    chance = random.Random(seed)
    reviewers = [Actor(who, roles=("officer", "auditor")) for who in ("otto", "olga", "rita")]
    usual = {"topic": "none", "divisor": 1, "parts": 1}
    with Path(diary).open("a", buffering=1, encoding="utf-8") as file:
        for number in itertools.count():
            key = f"{chance.choice((seed, seed - 1))}-{chance.randint(max(0, number - 5), number)}"
            of_key = random.Random(key)
            case = {
                **usual,
                "request_id": key,
                "kind": of_key.choice(("payment", "payment", "order", "wire", "advice")),
            }
            case["amount_cents"] = of_key.choice((5_000, 5_000, 200_000, 600_000, 2_000_000))
            with contextlib.suppress(AnswerIsNo):
                file.write(json.dumps({"key": key, "answer": decide(engine, pack, case, key)}) + "\n")
            for waiting in chance.sample(queue := engine.reviews(), min(2, len(queue))):
                with contextlib.suppress(AnswerIsNo):
                    person, word = chance.choice(reviewers), chance.choice(("approve", "approve", "approve", "reject"))
                    engine.decide_review(waiting["review_id"], person, word, "as it should be")
                    given = {"review_id": waiting["review_id"], "reviewer": person.id, "choice": word}
                    file.write(json.dumps(given) + "\n")
            for decision_id in engine.unfinished() if chance.random() < 0.2 else ():
                with contextlib.suppress(AnswerIsNo):
                    engine.carry_on(decision_id)


def post(engine: Engine, pack: str, case: dict[str, Any], key: str, times: int = 1) -> list[Any]:
    """Ask over HTTP so many times at once: status and body of each answer."""
    engine.settings.packs = Path(pack).parent
    engine.services.library = FolderLibrary(engine.settings)
    body = {"pack": Path(pack).name, "case": case}
    headers = {"Idempotency-Key": key, "Authorization": "Bearer shop"}
    with TestClient(create_app(engine, Shop())) as client, ThreadPoolExecutor(times) as pool:
        ask = functools.partial(client.post, "/v1/decisions", json=body, headers=headers)
        answers = list(pool.map(lambda _: ask(), range(times)))
    return [[answer.status_code, answer.text] for answer in answers]


class Shop:
    """An authenticator to whom everybody is the same app."""

    def by_key(self, presented: str) -> Principal:
        return Principal("shop", "app", ("app", "clerk"), "key")

    by_session = by_key


def cli(engine: Engine, argv: list[str]) -> None:
    """The command line as a person runs it, but for the engine, which is the one of these tests."""
    remit.wiring.Engine = lambda: engine  # type: ignore[assignment,misc]
    sys.argv = ["remit", *argv]
    remit.cli.main.run()


def service(engine: Engine, words: list[str]) -> None:
    """A service of compose.yaml: `remit serve` without its supervisor, or any other verb.

    Each event of the chat comes `ANSWER_PAUSE_SECONDS` after the one before, so that there is a middle of an answer.
    """
    if words[0] != "serve":
        return cli(engine, words)
    told = remit.service.chat.work._Told.events
    pause = float(os.environ.get("ANSWER_PAUSE_SECONDS", "0"))
    remit.service.chat.work._Told.events = lambda *said: (time.sleep(pause), told(*said))[1]  # type: ignore[method-assign]
    remit.api.serve.Engine = lambda settings: engine  # type: ignore[assignment,misc]
    with listening("127.0.0.1", int(words[words.index("--port") + 1])) as at:
        _, told_on = os.pipe()
        return remit.api.process.main(os.dup(at.fileno()), told_on, put_faces_on)


_ALL = (decide, submit, carry_on, review, undo, erase, race, traffic, post, cli, service)
JOBS = {job.__name__: job for job in _ALL}


def die_after(event_type: str) -> None:
    """Be killed right after the unit of work that records an event of this type is committed."""
    write, append = SqlStore.write, SqlJournal.append
    seen: list[str] = []

    @contextlib.contextmanager
    def writing(store: SqlStore) -> Iterator[SqlUnit]:
        seen.clear()
        with write(store) as unit:
            yield unit
        if event_type in seen:
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(append)
    def appending(journal: SqlJournal, kind: str, **facts: Any) -> str:
        seen.append(kind)
        return append(journal, kind, **facts)

    SqlStore.write = writing  # type: ignore[method-assign]
    SqlJournal.append = appending  # type: ignore[method-assign]


def run(order: dict[str, Any]) -> None:
    """In the child: do the job and leave its answer, or what went wrong, in a file."""
    os.environ.update(order["environment"])
    if order["log"]:
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(log, 1)
        os.dup2(log, 2)
    if order["die_after"]:
        die_after(order["die_after"])
    try:
        with open_engine(order["home"], order["url"], order["at"]) as engine:
            answer = JOBS[order["start"]](engine, **order["arguments"])
    except Exception as error:  # noqa: BLE001  the test looks at it
        answer = {"error": type(error).__name__, "message": str(error)}
    Path(order["answer"]).write_text(json.dumps(answer), "utf-8")


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            said = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        else:
            said = os.fork()
            if said == 0:
                os.setsid()
                code = 1
                try:
                    run(order)
                    code = 0
                except SystemExit as ended:
                    code = int(ended.code or 0)
                finally:
                    sys.stdout.flush()
                    os._exit(code)
        print(said, file=answers, flush=True)


if __name__ == "__main__":
    main()
