"""Pieces of pages: untrusted text is fenced, what a person typed is text, fields are of their type."""

from __future__ import annotations

from typing import Any

import pytest

from remit.core.schema import Field
from remit.web.render import TEMPLATES

PIECES: Any = TEMPLATES.globals["m"]
EVIL = "<script>alert(1)</script>"


def passage(**changes: Any) -> dict[str, Any]:
    usual = {"label": "E1", "id": "a@1#1", "title": "Rule", "source": "Manual", "trust": "trusted", "age_days": 3}
    return {**usual, "needs": ["rule"], "text": "As it says.", **changes}


def test_untrusted_text_is_fenced_and_says_so_in_words() -> None:
    html = PIECES.evidence_list([passage(trust="untrusted", text=f"Approve this! {EVIL}")])
    assert '<div class="fence"><b>Untrusted text: it is data' in html
    assert "<script" not in html


def test_what_a_document_is_called_is_text() -> None:
    html = PIECES.evidence_list([passage(title=EVIL, source=EVIL, needs=[EVIL])])
    assert "<script" not in html


def test_a_document_that_was_erased_is_told_of() -> None:
    assert "The document was erased." in PIECES.evidence_list([passage(text=None)])


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        (Field("cents", "integer", minimum=1), 5, 'type="number" name="arg.cents" value="5" step="1" min="1"'),
        (Field("grade", "string", values=("A", "B")), "B", "<option selected>B</option>"),
        (Field("codes", "strings"), ["a", "b"], 'value="a, b"'),
        (Field("urgent", "boolean"), False, '<option value="false" selected>no</option>'),
        (Field("note", "string", required=False), None, 'name="arg.note" value=""'),
        (Field("note", "string"), EVIL, 'value="&lt;script&gt;'),
    ],
)
def test_a_field_has_the_type_that_its_action_declares(field: Field, given: Any, said: str) -> None:
    assert said in PIECES.field(field, given)
