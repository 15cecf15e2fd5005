"""A page or a part of it: one template answers both, so that what a script swaps in is what the page would show."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from remit.identity.principal import Principal
from remit.web import words
from remit.web.assets import ASSETS
from remit.web.markdown import rendered
from remit.web.navigation import places

FRAGMENT = "Remit-Fragment"
"""A request's header: only this block of the page is wanted. The answer repeats it."""

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types remit",
    )
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Vary": f"Cookie, {FRAGMENT}",
    # With `no-referrer` a browser says `Origin: null` when it sends a form, and nobody can tell it from another site's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("remit.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(words.FILTERS, markdown=rendered)
    made.globals.update(asset=ASSETS.address)
    # A block is also rendered alone, without the lines around it that would import these.
    parts = {"icons": "icons.html", "m": "macros.html", "c": "charts.html"}
    made.globals.update({name: made.get_template(file).module for name, file in parts.items()})
    return made


TEMPLATES = _environment()


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    polled: bool = False,
    **said: Any,
) -> Response:
    """A page of a template, or the block of it that the request asks for.

    Args:
        polled: a script asks for it again and again; what it has already is not sent (304).
    """
    wanted = request.headers.get(FRAGMENT)
    made = TEMPLATES.get_template(template)
    context = {**_around(request), **said}
    extra = {**_HEADERS, **(headers or {})}
    if wanted in made.blocks:
        html = "".join(made.blocks[wanted](made.new_context(context)))
        extra[FRAGMENT] = wanted
    else:
        html = made.render(context)
    if polled:
        tag = f'"{hashlib.sha256(html.encode()).hexdigest()[:32]}"'
        extra["ETag"] = tag
        if request.headers.get("If-None-Match") == tag:
            return Response(status_code=304, headers=extra)
    return HTMLResponse(html, status, extra)


def _around(request: Request) -> dict[str, Any]:
    """What every page knows: who looks, where they may go, and the token that their forms carry."""
    who: Principal | None = getattr(request.state, "visitor", None)
    return {
        "who": who,
        "csrf": getattr(request.state, "csrf", ""),
        "places": places(who) if who else [],
        "path": request.url.path,
        "query": request.url.query,
    }
