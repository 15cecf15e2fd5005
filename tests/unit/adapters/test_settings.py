"""Settings: where they come from, which goes first, and what a wrong one says."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from remit.core.errors import InputError
from remit.settings import Settings, load_settings, misspelt

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "settings.md"


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and an environment without settings."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("REMIT_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_without_any_settings_data_goes_to_the_working_folder() -> None:
    settings = load_settings()
    assert (settings.home, settings.database) == (Path(".remit"), "sqlite:///.remit/remit.db")


def test_the_environment_goes_before_the_file(working_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (working_folder / "remit.toml").write_text('home = "from-file"\nactor = "ana"\n')
    monkeypatch.setenv("REMIT_HOME", "from-environment")
    settings = load_settings()
    assert (settings.home, settings.actor) == (Path("from-environment"), "ana")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REMIT_DATABASE", "REMIT_DATABASE_URL"),
        ("REMIT_TLS_INFRONT", "REMIT_TLS_IN_FRONT"),
        ("REMIT_HOME", None),
        ("REMIT_DEBUG", None),
        ("REMIT_KEY", None),
        ("HOME", None),
    ],
)
def test_a_variable_that_looks_like_a_setting_is_told_with_the_one_that_was_meant(name: str, meant: str | None) -> None:
    assert misspelt([name]).get(name) == meant


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIT_HOME", "")
    assert load_settings().home == Path(".remit")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('hoem = "x"', "`hoem` in remit.toml is no setting. did you mean `home`?"),
        ("home = 5", "`home`: "),
        ("roles = ['a']", "`roles`: input should be a valid string"),
        ('packs = "nowhere"', "`packs`: path does not point to a directory"),
        ("home = ", "remit.toml: Invalid value"),
        ("[home]\na = 1", "`home`: "),
        ("\udcff", "remit.toml: 'utf-8' codec can't decode"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(working_folder: Path, text: str, said: str) -> None:
    (working_folder / "remit.toml").write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(InputError) as raised:
        load_settings()
    assert raised.value.message.startswith(f"the settings are off: {said}")
    assert raised.value.mend == "see docs/guides/settings.md"


def test_every_wrong_setting_is_told_at_once_and_no_value_is_repeated(working_folder: Path) -> None:
    (working_folder / "remit.toml").write_text('database_url = ["postgresql://u:pa55word@h/db"]\nmodel = 4\n')
    with pytest.raises(InputError, match=r"`database_url`.*`model`") as raised:
        load_settings()
    assert "pa55word" not in raised.value.message


def test_packs_are_looked_for_in_the_configured_folder_first(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (working_folder / "mine").mkdir()
    (working_folder / "packs").mkdir()
    monkeypatch.setenv("REMIT_PACKS", "mine")
    assert load_settings().pack_folders[:2] == [Path("mine"), Path("packs")]


def test_every_setting_is_documented_and_nothing_else_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", GUIDE.read_text(), re.MULTILINE)
    assert rows == [(name, f"REMIT_{name.upper()}") for name in Settings.model_fields]


def test_the_documented_file_can_be_read(working_folder: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert example is not None
    (working_folder / "remit.toml").write_text(example[1])
    assert load_settings().actor == "ana"
