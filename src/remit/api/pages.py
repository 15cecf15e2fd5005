"""Links between the pages of a list (RFC 8288)."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request


def links(request: Request, **cursors: str | None) -> dict[str, str]:
    """The ``Link`` header to these pages and to the first one, with the filters of the request."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    pages = {"first": kept, **{rel: [*kept, ("cursor", at)] for rel, at in cursors.items() if at is not None}}
    return {"Link": ", ".join(f'<{_address(request, query)}>; rel="{rel}"' for rel, query in pages.items())}


def _address(request: Request, query: list[tuple[str, str]]) -> str:
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path
