"""Fields for passwords, in every page that has one."""

from __future__ import annotations

import re
from importlib.resources import files

FIELDS = [
    field
    for page in sorted((files("remit.web") / "templates").iterdir(), key=lambda page: page.name)
    for field in re.findall(r"<input[^>]*>", page.read_text("utf-8"))
    if "password" in field
]


def test_each_masks_what_is_typed_and_tells_password_managers_what_it_is() -> None:
    assert len(FIELDS) == 2
    for field in FIELDS:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)


def test_none_stops_anybody_from_pasting() -> None:
    script = (files("remit.web") / "static" / "remit.js").read_text("utf-8")
    assert re.findall(r"onpaste|beforeinput|\"paste\"", "".join([script, *FIELDS])) == []
