"""Text of documents and models as HTML: Markdown with raw HTML off, no pictures, and links that go where they may."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

_ALLOWED = re.compile(r"(?:https?://|mailto:|/(?![/\\])|#)", re.ASCII | re.IGNORECASE)
CHARACTERS_MAX = 20_000


class _Careful(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """A link leads to a web page, an address or a place here; nothing else becomes one."""
        return _ALLOWED.match(url.strip()) is not None


_READER = _Careful("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")


def rendered(text: str | None) -> Markup:
    """A text as HTML. Whatever is written as HTML in it is shown as it is written."""
    html: str = _READER.render((text or "")[:CHARACTERS_MAX])
    # A heading of a document is none of the page's.
    html = re.sub(r"<(/?)h[1-6]>", r"<\1p>", html)
    return Markup(html.replace("<a href=", '<a rel="noopener noreferrer nofollow" href='))
