"""What authors and operators ask: is this pack right, is this policy right, what does it say, is all well here?"""

from __future__ import annotations

import signal
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from remit.packs.local_record import LocalRecord

if TYPE_CHECKING:
    from conftest import Remit

Case = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("pack", ["credit", "quality", "receivables"])
def test_the_shipped_packs_have_no_problem(remit: Remit, pack: str) -> None:
    done = remit("pack", "check", pack, "--json")
    assert (done.code, done.err, done.json["problems"]) == (0, "", [])
    assert min(done.json[count] for count in ("documents", "policy_tests", "golden_cases")) > 5


def test_every_problem_of_a_pack_is_told_at_once_with_its_place(remit: Remit) -> None:
    pack = remit.pack()
    for name, old, new in (
        ("pack.yaml", "subject: case.applicant_id", "subject: case.aplicant_id"),
        ("policy.yaml", "case.duration_months > 60", "case.duration_month > 60"),
        ("knowledge/fair-lending.md", "---\n", ""),
    ):
        (pack / name).write_text((pack / name).read_text().replace(old, new, 1))
    done = remit("pack", "check", pack)
    assert done.code == 1
    for place in (
        "pack.yaml:16:14: ",
        "policy.yaml:31:36: ",
        "fair-lending.md:1:1: ",
        "did you mean `duration_months`",
    ):
        assert place in done.out
    assert "3 problems" in done.out.splitlines()[-1]


def test_a_forecast_of_an_export_goes_into_its_cases(remit: Remit, tmp_path: Path) -> None:
    days = [date(2026, 1, 5) + timedelta(7 * week) for week in range(30)]
    rows = [
        f"C-{at % 3},{day},{day + timedelta(14)},900.00,no,{day + timedelta(16 + at % 5)}"
        for at, day in enumerate(days)
    ]
    export = remit.write("e.csv", "\n".join(["customer_id,invoice_date,due_date,amount,disputed,settled_date", *rows]))
    kept = (
        "--csv",
        export,
        "--as-of",
        "2026-07-20",
        "--cash",
        "5000",
        "--payables",
        "900000",
        "--floor",
        "100",
        "--keep",
        tmp_path / "kept",
    )
    done = remit("pack", "forecast", "receivables", *kept, "--json")
    assert (done.code, done.err) == (0, "")
    told = remit("pack", "forecast", "receivables", *kept)
    assert "at the low end" in told.out
    cases = tmp_path / "cases.csv"
    imported = remit("pack", "import", "receivables", "--csv", export, "--forecasts", tmp_path / "kept", "--out", cases)
    assert "carry a cash forecast" in imported.out
    assert done.json["sha256"] in cases.read_text()
    assert done.json["case_fields"]["cash_floor_cents"] == 100


def test_a_policy_is_checked_with_its_tests(remit: Remit) -> None:
    done = remit("policy", "check", remit.pack() / "policy.yaml", "--json")
    assert (done.code, done.err) == (0, "")
    assert all(test["passed"] for test in done.json["tests"])


def test_a_policy_whose_test_fails_exits_1_and_names_the_line(remit: Remit) -> None:
    policy = remit.pack() / "policy.yaml"
    policy.write_text(policy.read_text().replace("case.duration_months > 60", "case.duration_months > 90"))
    done = remit("policy", "check", policy)
    assert done.code == 1
    assert "FAILED line " in done.out


@pytest.mark.parametrize(
    ("cents", "code", "effect", "rule"),
    [
        pytest.param(100_000, 0, "allow", "routine-grant", id="a routine grant is allowed: exit 0"),
        pytest.param(900_000, 1, "escalate", "band-two", id="a large one escalates: exit 1"),
        pytest.param(
            9_900_000, 1, "deny", "never-above-the-highest-band", id="one without authority is denied: exit 1"
        ),
    ],
)
def test_a_policy_gives_one_verdict(remit: Remit, case: Case, cents: int, code: int, effect: str, rule: str) -> None:
    rules = [{"id": "r@1#1", "need": "lending_rule", "trust": "trusted", "age_days": 10}]
    facts = {
        "case": case(amount_cents=cents),
        "action": {"name": "approve", "args": {"amount_cents": cents}},
        "evidence": rules,
    }
    done = remit("policy", "eval", remit.pack() / "policy.yaml", "--input", "-", "--json", stdin=orjson.dumps(facts))
    assert (done.code, done.err, done.json["effect"]) == (code, "", effect)
    assert rule in [finding["rule"] for finding in done.json["findings"]]


def test_training_pins_a_model_that_the_pack_then_decides_with(own: Remit) -> None:
    pack = own.pack()
    done = own("learn", "train", pack, "--json")
    assert (done.code, done.err) == (0, "")
    assert f'sha256: "{done.json["sha256"]}"' in (pack / "pack.yaml").read_text()
    assert own("pack", "check", pack).code == 0


def test_the_doctor_finds_a_healthy_installation_healthy(remit: Remit) -> None:
    done = remit("doctor", "--json")
    assert (done.code, done.err, done.json["ok"]) == (0, "", True)
    assert {check["state"] for check in done.json["checks"]} == {"ok"}


def test_the_doctor_finds_damaged_pages_that_nobody_has_read(own: Remit) -> None:
    database = own.home / "remit.db"
    data = bytearray(database.read_bytes())
    data[-4096:-3968] = b"\xff" * 128
    database.write_bytes(data)
    done = own("doctor", "--json")
    assert done.code == 1
    assert "database" in {check["name"] for check in done.json["checks"] if check["state"] == "fail"}


def test_the_doctor_carries_on_what_a_kill_cut_off(own: Remit, case: Case) -> None:
    pack = own.pack()
    once = "import os, signal\n\ndef _die_once(call):\n    mark = call.home / 'died'\n    if not mark.exists():\n"
    dies = once + "        mark.touch()\n        os.kill(os.getpid(), signal.SIGKILL)\n\n\n@effect("
    connectors = pack / "connectors.py"
    text = connectors.read_text().replace("@effect(", dies, 1)
    connectors.write_text(
        text.replace("    return _book(call).write(", "    _die_once(call)\n    return _book(call).write(")
    )
    killed = own("decide", pack, "--case", own.write("case.json", case()))
    assert (killed.code, killed.out) == (-signal.SIGKILL, "")

    assert "1 wait for a worker or were cut off" in own("doctor").out
    recovered = own("doctor", "--recover")
    assert recovered.code == 0
    assert recovered.err.rstrip().endswith(": executed")
    assert own.ledger_is_sound()


def test_the_doctor_carries_out_what_a_decision_still_owes(own: Remit) -> None:
    pack = own.pack()
    connectors = pack / "connectors.py"
    shut = "    if not (duty.home / 'open').exists():\n        raise ConnectionError('nobody answers')\n"
    notify = "    return _book(duty).write("
    connectors.write_text(connectors.read_text().replace(notify, shut + notify))
    golden = [orjson.loads(line) for line in (pack / "golden.jsonl").read_bytes().splitlines()]
    declined = next(each["case"] for each in golden if each["name"].endswith("is declined with reasons"))
    case_file = own.write("case.json", declined)
    assert "owed      notify applicant-letters: pending" in own("decide", pack, "--case", case_file, "--key", "k").out
    result = own("decide", pack, "--case", case_file, "--key", "k", "--json").json
    assert (result["status"], [each["state"] for each in result["obligations"]]) == ("executed", ["pending"])
    told = own("explain", result["decision_id"]).out
    assert "notify applicant-letters: pending after 1 attempt(s): ConnectionError: nobody answers" in told
    assert "1 still owe" in own("doctor").out

    (own.home / "systems" / "open").touch()
    assert own("doctor", "--recover").err.rstrip().endswith(": notify applicant-letters: fulfilled")
    noted = LocalRecord(own.home / "systems" / "credit_book.db").entries()[-1]
    assert (noted["kind"], noted["to"], noted["action"]) == ("note", "applicant-letters", "decline")
    assert own.ledger_is_sound()
