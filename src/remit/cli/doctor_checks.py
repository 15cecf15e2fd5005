"""The doctor's checks, each on its own: what is looked at, what was found, what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from remit.core.errors import RemitError
from remit.service.recover import compensating, owing
from remit.service.reviews.compensate import carry_on_compensation
from remit.service.runs import fulfil
from remit.settings import misspelt
from remit.wiring import Engine

FLOORS = {
    "langgraph": "1.2",
    "langgraph-checkpoint": "4.0.0",
    "langgraph-checkpoint-sqlite": "3.0.1",
    "langchain-core": "1.3.3",
    "onnx": "1.21.0",
}
"""Below these versions there are known holes or faults that Remit relies on being mended."""

ABSENT_OR_FLOORS = {"starlette": "1.3.1", "python-multipart": "0.0.30"}
"""Floors of packages that are only there when something brings them."""

DISK_BYTES_MIN = 500 * 1024 * 1024

STUCK_AFTER = timedelta(hours=1)
"""A decision that waits for longer although workers are at work is told of: perhaps they have given it up."""


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `mend` says what to do when it is not ok."""

    name: str
    state: Literal["ok", "warn", "fail"]
    message: str
    mend: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def examine() -> list[Check]:
    """Every check, in order. One that breaks is a failed check, never an exception."""
    checks = [*_versions(), *_settings()]
    try:
        with Engine() as engine:
            for look in (
                _home,
                _database,
                _ledger,
                _packs,
                _embedder,
                _workers,
                _unfinished,
                _obligations,
                _compensations,
                _webhooks,
            ):
                checks.extend(_safely(look, engine))
    except RemitError as error:
        checks.append(Check("data folder", "fail", error.message, error.mend or ""))
    return checks


def _settings() -> Iterator[Check]:
    for name, meant in misspelt(os.environ).items():
        yield Check("settings", "warn", f"{name} is no setting, so nobody heeds it", f"did you mean {meant}?")


def recover_all() -> Iterator[tuple[str, str]]:
    """Carry on what was cut off, what decisions still owe and what undoes them; yields ids and what became of each."""
    with Engine() as engine:
        for decision_id in engine.unfinished():
            try:
                yield decision_id, engine.carry_on(decision_id)["status"]
            except RemitError as error:
                yield decision_id, error.message
        for decision_id in owing(engine.services):
            try:
                for each in fulfil(engine.services, decision_id):
                    yield decision_id, f"{each.do} {each.to}: {each.state}{f', {each.error}' if each.error else ''}"
            except RemitError as error:
                yield decision_id, error.message
        for decision_id in compensating(engine.services):
            try:
                yield decision_id, f"compensation: {carry_on_compensation(engine.services, decision_id).state}"
            except RemitError as error:
                yield decision_id, error.message
        engine.forget_final()


def _safely(look: Callable[[Engine], Iterator[Check]], engine: Engine) -> Iterator[Check]:
    try:
        yield from look(engine)
    except RemitError as error:
        yield Check(look.__name__.strip("_"), "fail", error.message, error.mend or "")


def _versions() -> Iterator[Check]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    yield Check("python", "ok" if sys.version_info >= (3, 11) else "fail", python)
    for name, floor in {**FLOORS, **ABSENT_OR_FLOORS}.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            if name in FLOORS:
                yield Check(name, "fail", "not installed", "install Remit again with its constraints file")
            continue
        if _numbers(found) < _numbers(floor):
            yield Check(name, "fail", f"{found} is below the floor {floor}", f"install {name}>={floor}")
        else:
            yield Check(name, "ok", f"{found} (floor {floor})")


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split("+")[0].split(".")
    return tuple(int("".join(char for char in part if char.isdigit()) or 0) for part in parts)


def _home(engine: Engine) -> Iterator[Check]:
    free = shutil.disk_usage(engine.home).free
    state: Literal["ok", "warn"] = "ok" if free >= DISK_BYTES_MIN else "warn"
    yield Check(
        "data folder",
        state,
        f"{engine.home.resolve()}, {free // 2**20:,} MiB free",
        "free some space" * (state == "warn"),
    )


def _database(engine: Engine) -> Iterator[Check]:
    with engine.store.read() as unit:
        decisions = len(unit.decisions.ids())
    damage = engine.database.damage()
    if damage:
        yield Check("database", "fail", f"damaged: {damage}", "move it away and restore a backup")
    else:
        yield Check("database", "ok", f"{decisions} decisions, {engine.database.kind}, no damage found")


def _ledger(engine: Engine) -> Iterator[Check]:
    report = engine.verify()
    if report.sound:
        yield Check("ledger", "ok", f"{report.size} events, sound")
    else:
        yield Check(
            "ledger", "fail", f"event {report.seq}: {report.why}", "restore a backup; see docs/guides/ledger.md"
        )


def _packs(engine: Engine) -> Iterator[Check]:
    for name in engine.services.library.names():
        pack = engine.services.pack(name)
        for decision in pack.decisions.values():
            engine.services.parts.model(pack, decision)
        yield Check(f"pack {name}", "ok", f"version {pack.version}, {pack.sha256[:12]}, model as pinned")


def _embedder(engine: Engine) -> Iterator[Check]:
    dimensions = engine.embedder.dimensions
    yield Check("embedding model", "ok", f"{engine.embedder.fingerprint}, {dimensions} dimensions")


def _workers(engine: Engine) -> Iterator[Check]:
    members = engine.workers()
    for member in members:
        silent_seconds = (engine.clock.now() - member.beat_at).total_seconds()
        said = f"process {member.pid} on {member.host} since {member.since:%Y-%m-%d %H:%M} UTC"
        said += f", last sign of life {max(0.0, silent_seconds):.0f} s ago"
        if silent_seconds <= 2 * engine.settings.worker_patience_seconds:
            yield Check(f"worker {member.id}", "ok", said)
        else:
            yield Check(f"worker {member.id}", "warn", said, "it has died; any `remit worker` takes its work over")
    if not members:
        yield Check("workers", "ok", "none is at work")


def _unfinished(engine: Engine) -> Iterator[Check]:
    waiting = engine.unfinished()
    if not waiting:
        yield Check("decisions", "ok", "none was cut off")
    elif not engine.workers():
        yield Check(
            "decisions",
            "warn",
            f"{len(waiting)} wait for a worker or were cut off",
            "start `remit worker`, or run `remit doctor --recover`",
        )
    else:
        with engine.store.read() as unit:
            since = unit.decisions.get(waiting[0]).run.at
        stuck = engine.clock.now() - since > STUCK_AFTER
        yield Check(
            "decisions",
            "warn" if stuck else "ok",
            f"{len(waiting)} wait for the workers, the oldest since {since:%Y-%m-%d %H:%M} UTC",
            "run `remit doctor --recover`, which says what stops them" * stuck,
        )


def _obligations(engine: Engine) -> Iterator[Check]:
    in_debt = owing(engine.services)
    if in_debt:
        message = f"{len(in_debt)} still owe what their contract obliges to"
        yield Check("obligations", "warn", message, "see `remit explain`; run `remit doctor --recover`")
    else:
        yield Check("obligations", "ok", "none is pending")


def _compensations(engine: Engine) -> Iterator[Check]:
    open_ones = compensating(engine.services)
    if open_ones:
        message = f"of {len(open_ones)} actions that are to be undone nobody knows yet whether they are"
        yield Check("compensations", "warn", message, "see `remit explain`; run `remit doctor --recover`")
    else:
        yield Check("compensations", "ok", "none is pending")


def _webhooks(engine: Engine) -> Iterator[Check]:
    with engine.store.read() as unit:
        endpoints = unit.webhooks.all()
        dead = sum(bool(unit.webhooks.deliveries(each.id, "dead", limit=1)) for each in endpoints)
    off = [each for each in endpoints if each.state == "disabled"]
    failing = [each for each in endpoints if each.state == "enabled" and each.failing_since is not None]
    said = f"{len(endpoints)} endpoints, {len(off)} disabled, {len(failing)} failing, {dead} with dead deliveries"
    if off or failing or dead:
        yield Check("webhooks", "warn", said, "see `remit webhooks list` and `deliveries --state dead`")
    else:
        yield Check("webhooks", "ok", said if endpoints else "nobody is told anything")
