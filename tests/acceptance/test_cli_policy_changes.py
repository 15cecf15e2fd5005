"""A policy is changed at the command line: tried, proposed, activated by another person, rolled back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Remit

PETRA = ("--as", "petra", "--role", "policy_author")
PAUL = ("--as", "paul", "--role", "policy_author")
WHY = ("--reason", "a smaller band")


@pytest.fixture
def stricter(own: Remit) -> Path:
    """Version 2 of the credit contract, under which nothing above 1.00 is routine."""
    pack = own.pack()
    text = (pack / "policy.yaml").read_text("utf-8")
    text = text.replace("  version: 1\n", "  version: 2\n").replace("granted_cents > 1500000", "granted_cents > 100")
    tests = text.index("\ntest_case:")
    return own.write("new.yaml", text[:tests] + "\n")


def test_a_change_takes_two_people_and_counts_until_it_is_rolled_back(
    own: Remit, stricter: Path, case: Callable[..., dict[str, Any]]
) -> None:
    def status() -> str:
        return str(own("decide", "credit", "--case", own.write("case.json", case()), "--json").json["status"])

    assert status() == "executed"
    proposed = own("policy", "propose", stricter, "--pack", "credit", *WHY, *PETRA, "--json")
    assert (proposed.code, proposed.err) == (0, "")
    change = proposed.json["change_id"]
    assert sorted(proposed.json["attachments"]) == ["backtest", "check", "diff", "proof"]
    assert own("policy", "review", change).code == 0
    assert own("policy", "activate", change, *WHY, *PETRA).code == 1
    assert own("policy", "activate", change, *WHY, *PAUL).code == 0
    assert status() == "denied"
    assert "version 2, since" in own("policy", "versions", "credit").out
    assert own("policy", "rollback", "credit", *WHY, *PETRA).code == 0
    assert status() == "executed"
    assert own("replay", "--all").code == 0
    assert own.ledger_is_sound()


def test_a_backtest_says_what_would_change_and_what_it_is_worth(remit: Remit, stricter: Path) -> None:
    history = Path(__file__).parents[2] / "examples" / "packs" / "credit" / "history.csv"
    done = remit("policy", "backtest", "credit", "--policy", stricter, "--outcomes", history, "--json")
    assert (done.code, done.err) == (0, "")
    found = done.json
    assert {step["now"] for step in found["transitions"]} == {"deny"}
    assert [step["unknown"] for step in found["transitions"]] == [0] * len(found["transitions"])
    assert found["replayed"] == found["same"] + len(found["changed"])


def test_a_backtest_can_be_read_by_a_person(remit: Remit, stricter: Path) -> None:
    done = remit("policy", "backtest", "credit", "--policy", stricter)
    assert (done.code, done.err) == (0, "")
    assert "allow -> deny" in done.out
    assert "never-above-the-highest-band" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backtest", "credit", "--policy", "absent.yaml"), "absent.yaml"),
        (("backtest", "credit", "--policy", "new.yaml", "--since", "yesterday"), "2026-11-01"),
        (("propose", "new.yaml", *WHY, *PETRA), "no pack.yaml"),
        (("activate", "01ARZ3NDEKTSV4RRFFQ69G5FAV", *WHY, *PAUL), "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (("review", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (("reject", "01ARZ3NDEKTSV4RRFFQ69G5FAV", *WHY, *PAUL), "01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        (("rollback", "credti", *WHY, *PAUL), "did you mean `credit`?"),
        (("versions", "credti"), "did you mean `credit`?"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_wrong_use_exits_2_and_says_what_is_wrong(
    own: Remit, stricter: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = own("policy", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
