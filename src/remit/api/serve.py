"""The application as a server loads it: ``remit.api.serve:application``. Each process opens an engine of its own."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator

import anyio.to_thread
from fastapi import FastAPI

from remit.api.app import bare_app, stand_on
from remit.core.errors import RemitError
from remit.core.words import Actor
from remit.service.chat.prepare import prepare
from remit.settings import Settings, load_settings
from remit.wiring import Engine
from remit.wiring.operate import hold_ready

_log = logging.getLogger(__name__)

HOUSE = Actor("serve", "system")
"""In whose name a pack is indexed that never was."""

THREADS_ASIDE = 8
"""Threads beyond those of the requests that may run at once: for health, metrics and whatever hangs."""


def application(dress: Callable[[FastAPI], None] = lambda _app: None) -> FastAPI:
    """The application by the settings in force. Its engine is opened, and warm, before the first request.

    Args:
        dress: puts more on the application than the API, such as pages.
    """
    settings = load_settings()

    @contextlib.asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.concurrency_max + THREADS_ASIDE
        with _remembered(app):
            engine = await anyio.to_thread.run_sync(Engine, settings)
        try:
            with _remembered(app):
                stand_on(app, engine, engine.authenticator)
                await anyio.to_thread.run_sync(_warm, engine, settings)
            yield
        finally:
            await anyio.to_thread.run_sync(engine.close)
            await anyio.to_thread.run_sync(app.state.listening.close)

    app = bare_app(settings, opened)
    dress(app)
    return app


@contextlib.contextmanager
def _remembered(app: FastAPI) -> Iterator[None]:
    """What keeps the application from starting stays in its state, for whoever runs it to tell in plain words."""
    try:
        yield
    except RemitError as error:
        app.state.cannot_start = error
        raise


def _warm(engine: Engine, settings: Settings) -> None:
    """Make everything that the first decision would have to wait for; and begin with what the first question would.

    Raises:
        RemitError: the database, the ledger or the embedding model cannot be used.
    """
    engine.embedder.embed(["warm"])
    engine.services.graph()
    engine.services.paused()
    for pack in _packs(settings, engine):
        _warm_pack(engine, pack)
    hold_ready(engine)
    engine.chat.begin(lambda: prepare(engine.chat))


def _packs(settings: Settings, engine: Engine) -> list[str]:
    return engine.services.library.names() if settings.warm_packs is None else settings.listed(settings.warm_packs)


def _warm_pack(engine: Engine, name: str) -> None:
    """Load a pack with its documents. One with problems does not keep the others from being served."""
    try:
        pack = engine.ensure_indexed(name, HOUSE)
        engine.services.parts.corpus(pack.name)
        for decision in pack.decisions.values():
            engine.services.brain(pack, decision)
    except RemitError as error:
        _log.error("the pack %s cannot be used: %s", name, error.message)
