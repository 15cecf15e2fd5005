"""What pages share: templates with everything escaped, the headers of a page, and words for numbers and times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from remit.core.errors import RemitError
from remit.web import words
from remit.web.menu import menu_of
from remit.web.static import address_of
from remit.web.visitor import Visitor

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types remit",
    )
)
FRAGMENT = "X-Fragment"
"""The header by which our script asks for one part of a page."""

_templates = Environment(
    loader=PackageLoader("remit.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(words.FILTERS)
_templates.globals.update(static=address_of)


def page(request: Request, template: str, visitor: Visitor, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page for somebody who is signed in; or the part of it that was asked for by `X-Fragment`."""
    part = request.headers.get(FRAGMENT)
    now = visitor.engine.clock.now()
    context = {
        "who": visitor.principal,
        "may": visitor.may,
        "csrf": visitor.csrf,
        "menu": menu_of(visitor.principal),
        "path": request.url.path,
        "now": now,
        "done": request.query_params.get("done"),
        **shown,
    }
    found = _templates.get_template(template)
    text = found.render(context) if part is None else _part(found, part, context)
    return _answer(text, status)


def plain_page(request: Request, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page for anybody."""
    return _answer(_templates.get_template(template).render({"now": datetime.now(UTC), **shown}), status)


def error_page(request: Request, error: RemitError, status: int) -> HTMLResponse:
    """What went wrong, and what to do; nothing of ours that the asker need not know."""
    facts: Mapping[str, Any] = error.facts if isinstance(error.facts, Mapping) else {}
    return plain_page(
        request,
        "error.html",
        status=status,
        number=status,
        message=error.message if status < 500 else "Something failed on our side, and we were told.",
        mend=error.mend or "",
        changed=facts.get("changed"),
        back=request.headers.get("Referer", "/") if status in (409, 412) else "/",
    )


def _part(template: Any, part: str, context: dict[str, Any]) -> str:
    if part not in template.blocks:
        return ""
    return "".join(template.blocks[part](template.new_context(context)))


def _answer(text: str, status: int) -> HTMLResponse:
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        # Without a referrer a browser says `Origin: null` of our own forms.
        "Referrer-Policy": "same-origin",
        "Vary": f"Cookie, {FRAGMENT}",
    }
    return HTMLResponse(text, status, headers)
