"""Every verb of `remit webhooks` answers as its guide says: what it prints, and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from remit.cli.webhooks import app
from remit.core.errors import InputError

URL = "https://127.0.0.1:1/T0KEN"
ADAM = ("--as", "adam", "--role", "admin")


def remit(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def json_of(*words: str) -> Any:
    return json.loads(remit(*words, "--json").output)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An endpoint on this machine, where nobody listens."""
    monkeypatch.setenv("REMIT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REMIT_WEBHOOKS_LOCAL", "true")
    made: str = json_of("add", URL, "--type", "decision.final", *ADAM)["endpoint_id"]
    return made


def test_a_secret_is_shown_once_to_whoever_adds_or_rotates(shop: str) -> None:
    for words in (("add", URL), ("rotate-secret", shop)):
        said = remit(*words).output
        assert "secret: whsec_" in said
        assert said.endswith("keep it now: it is not shown again\n")
    for words in (("list",), ("show", shop), ("list", "--json")):
        assert "whsec_" not in remit(*words).output


def test_an_endpoint_is_listed_with_its_state_and_why(shop: str) -> None:
    remit("disable", shop, "--reason", "it moves", *ADAM)
    assert remit("list").output == f"{shop}  disabled (it moves)  {URL}  decision.final\n"
    assert json_of("show", shop)["made_by"] == "adam"


def test_it_is_changed_enabled_and_removed(shop: str) -> None:
    assert json_of("change", shop, "--type", "review.opened", "--description", "x")["types"] == ["review.opened"]
    remit("disable", shop, "--reason", "it moves")
    assert json_of("enable", shop)["state"] == "enabled"
    assert remit("remove", shop).exit_code == 0
    assert remit("list").output == "nobody is told anything\n"


def test_a_test_that_is_not_taken_exits_with_1_and_is_listed_as_dead(shop: str) -> None:
    done = remit("test", shop)
    assert (done.exit_code, "dead, 1 tries, the connection failed" in done.output) == (1, True)
    (dead,) = json_of("deliveries", shop, "--state", "dead")
    assert remit("redeliver", shop, "--delivery", dead["delivery_id"]).output == "1 on their way again\n"
    assert remit("redeliver", shop, "--since", "2026-01-01").output == "0 on their way again\n"
    assert "pending" in remit("deliveries", shop).output
    assert remit("deliveries", shop, "--state", "delivered").output == "nothing\n"


def test_a_url_that_leads_inside_is_an_input_error(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REMIT_WEBHOOKS_LOCAL")
    refused = remit("add", URL)
    assert isinstance(refused.exception, InputError)
    assert refused.exception.exit_code == 2
