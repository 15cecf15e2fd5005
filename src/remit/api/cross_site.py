"""Was it meant: a browser sends the cookie along with what any page makes it send (CSRF). Keys are never sent so.

What changes something must come from a page of ours, and that must be said: by `Sec-Fetch-Site` or `Origin`. A header
that is missing is no proof. Beside that it needs the session's token, which only a page of ours can have read.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from fastapi import Request

from remit.core.errors import Forbidden
from remit.identity.session import csrf_token

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_HEADER = "X-CSRF-Token"


def must_be_meant(request: Request, session: str) -> None:
    """Hold that a request which a session's cookie vouches for is its person's own. Raises Forbidden."""
    if request.method in SAFE:
        return
    must_be_same_origin(request)
    if not hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), csrf_token(session).encode()):
        raise _not_meant(f"the header {TOKEN_HEADER} is missing or wrong", "`GET /v1/session` gives it")


def must_be_same_origin(request: Request) -> None:
    """Hold that a request comes from a page of ours. Raises Forbidden."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is None and origin is None:
        raise _not_meant("neither Sec-Fetch-Site nor Origin says where this comes from", "a browser sends them")
    # The scheme is left out: behind a proxy that ends TLS we do not see it. The cookie only travels over TLS.
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("Host")
    if foreign or site not in (None, "same-origin"):
        raise _not_meant("this comes from another site", "send it from a page of this one, or with an API key")


def must_be_begun_here(request: Request) -> None:
    """Hold that a page of ours, or nobody but the person, sent the browser here: by `GET`, without an `Origin`.

    Raises Forbidden.
    """
    if request.headers.get("Sec-Fetch-Site") not in ("same-origin", "none"):
        raise _not_meant("this was not begun here", "go there from a page of this site, in a browser that says so")


def _not_meant(message: str, mend: str) -> Forbidden:
    return Forbidden(message, code="cross_site", mend=mend)
