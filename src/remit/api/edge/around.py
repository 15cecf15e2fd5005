"""What is put around the application, from the outside in."""

from __future__ import annotations

from fastapi import FastAPI

from remit.api.edge.standing import Standing
from remit.settings import Settings


def surround(app: FastAPI, settings: Settings) -> None:
    """Put the edge around an application, as the settings say."""
    app.state.standing = Standing()
