"""What the verbs share: what they tell beside their answers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from remit.cli.common import note_first_use, read_json, read_text
from remit.core.errors import InputError


def test_only_the_first_search_in_a_data_folder_says_why_it_takes_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine: Any = SimpleNamespace(home=tmp_path)
    note_first_use(engine)
    assert "once for this data folder" in capsys.readouterr().err
    (tmp_path / "models" / "all-minilm").mkdir(parents=True)
    note_first_use(engine)
    assert capsys.readouterr().err == ""


def test_a_byte_order_mark_is_no_part_of_a_file_and_utf_16_is_named(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text('{"a": 1}', "utf-8-sig")
    assert (read_json(str(file), "the case"), read_text(str(file), "the case")) == ({"a": 1}, '{"a": 1}')
    file.write_text('{"a": 1}', "utf-16")
    with pytest.raises(InputError, match="is UTF-16 text"):
        read_json(str(file), "the case")
