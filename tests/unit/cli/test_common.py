"""What the verbs share: what they tell beside their answers."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from remit.cli.common import note_first_use


def test_only_the_first_search_in_a_data_folder_says_why_it_takes_long(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine: Any = SimpleNamespace(home=tmp_path)
    note_first_use(engine)
    assert "once for this data folder" in capsys.readouterr().err
    (tmp_path / "models" / "all-minilm").mkdir(parents=True)
    note_first_use(engine)
    assert capsys.readouterr().err == ""
