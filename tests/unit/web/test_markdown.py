"""Text of documents as HTML: nothing in it runs, and its links lead where they may."""

from __future__ import annotations

import pytest

from remit.web.markdown import rendered


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[here](javascript:alert(1))",
        "[here](JaVaScRiPt:alert(1))",
        "[here](data:text/html;base64,PHNjcmlwdD4=)",
        "[here](vbscript:x)",
        "[here](//evil.example)",
        "[here](/\\evil.example)",
        "![x](https://evil.example/seen.png)",
        '<https://a.example/"onmouseover=alert(1)>',
        "<a href=javascript:alert(1)>here</a>",
    ],
)
def test_nothing_of_it_runs_or_leads_astray(text: str) -> None:
    html = str(rendered(text)).lower()
    for danger in ("<script", "<img", 'href="javascript', 'href="data', 'href="vbscript', 'href="//', "<a href=java"):
        assert danger not in html
    assert '" onmouseover' not in html
    assert '"onmouseover' not in html


def test_structure_is_kept_and_links_tell_nobody_where_they_came_from() -> None:
    html = rendered("# Rule\n\n- one **thing**\n\n[the rule](https://example.org/rule)")
    assert "<strong>thing</strong>" in html
    assert '<a rel="noopener noreferrer nofollow" href="https://example.org/rule">' in html
    assert "<h1" not in html
