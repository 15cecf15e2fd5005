"""How a process of `remit` ends when something goes wrong: by its exit code, in words, and as JSON where asked for."""

from __future__ import annotations

import json
import sys

import pytest
import typer

from remit.cli import main
from remit.core.errors import Refused

ENDS = [
    (KeyboardInterrupt(), 130, "interrupted", "interrupted; nothing is half done"),
    (Refused("it is yours", mend="ask another"), 1, "refused", "it is yours\n  = ask another"),
    (PermissionError(13, "Permission denied"), 3, "system", "the machine refused"),
    (RuntimeError("a fault \udc80"), 3, "system", "unexpected RuntimeError: a fault \\udc80"),
]


@pytest.mark.parametrize("words", [["remit", "--json"], ["remit"]], ids=["as JSON", "in words"])
@pytest.mark.parametrize(("error", "exit_code", "code", "said"), ENDS, ids=[row[2] for row in ENDS])
def test_an_error_is_told_to_people_and_as_json_to_programs(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    error: BaseException,
    exit_code: int,
    code: str,
    said: str,
) -> None:
    app = typer.Typer()

    @app.command()
    def fail(as_json: bool = typer.Option(False, "--json")) -> None:
        raise error

    monkeypatch.setattr(main, "app", app)
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as end:
        main.run()
    told = capsys.readouterr()
    assert (end.value.code, f"remit: {said}" in told.err) == (exit_code, True)
    assert [json.loads(told.out)["error"]["code"]] == [code] if "--json" in words else told.out == ""
