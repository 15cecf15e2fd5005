"""The application as a server loads it: ``remit.api.serve:application``. Each process opens an engine of its own."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

import anyio.to_thread
from fastapi import FastAPI

from remit.api.app import bare_app
from remit.core.errors import RemitError, Unauthenticated
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.settings import Settings, load_settings
from remit.wiring import Engine

_log = logging.getLogger(__name__)

HOUSE = Actor("serve", "system")
"""In whose name a pack is indexed that never was."""

THREADS_ASIDE = 8
"""Threads beyond those of the requests that may run at once: for health, metrics and whatever hangs."""


def application() -> FastAPI:
    """The application by the settings in force. Its engine is opened, and warm, before the first request."""
    settings = load_settings()

    @contextlib.asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.concurrency_max + THREADS_ASIDE
        engine = await anyio.to_thread.run_sync(_warm_engine, settings)
        try:
            app.state.engine = engine
            app.state.authenticator = getattr(engine, "authenticator", Nobody())
            yield
        finally:
            await anyio.to_thread.run_sync(engine.close)

    return bare_app(settings, opened)


def _warm_engine(settings: Settings) -> Engine:
    """An open engine with everything made that the first decision would have to wait for.

    Raises:
        RemitError: the database, the ledger or the embedding model cannot be used.
    """
    engine = Engine(settings)
    with contextlib.ExitStack() as stack:
        stack.callback(engine.close)
        engine.embedder.embed(["warm"])
        engine.services.graph()
        for pack in _packs(settings, engine):
            _warm_pack(engine, pack)
        engine.hold_ready()
        stack.pop_all()
    return engine


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


class Nobody:
    """An authenticator that knows nobody: every door stays closed."""

    def by_key(self, presented: str) -> Principal:
        raise Unauthenticated("nobody holds this key")

    by_session = by_key
