"""Wrong names, wrong files, wrong settings: exit 2, the place and the mend on standard error, nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Remit

Case = Callable[..., dict[str, Any]]

ABSENT = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
HISTORY = ("--input", "cases.csv")

# Sentence, arguments, words that must be told. The working folder holds case.json, empty.json and a folder `folder`.
WRONG_USE: list[tuple[str, str, str]] = [
    ("an unknown verb", "decid credit", "decid"),
    ("an unknown option", "decide credit --cass case.json", "--cass"),
    ("a verb without its option", "decide credit", "--case"),
    ("a limit of nought", "search credit rule --limit 0", "--limit"),
    ("an unknown pack", "decide credti --case case.json", "did you mean `credit`?"),
    ("a folder that is no pack", "pack check ./folder", "has no pack.yaml"),
    ("an unknown decision of a pack", "decide credit --case case.json --decision credit.aplication", "did you mean"),
    ("a case file that is not there", "decide credit --case absent.json", "absent.json"),
    ("a folder in place of a case file", "decide credit --case folder", "folder cannot be read"),
    ("an empty case file", "decide credit --case empty.json", "empty.json is empty"),
    ("an unknown decision to explain", f"explain {ABSENT}", ABSENT),
    ("an unknown decision to replay", f"replay {ABSENT}", ABSENT),
    ("neither a decision nor all to replay", "replay", "say --all"),
    ("an unknown review to show", f"reviews show {ABSENT}", ABSENT),
    ("an unknown review to claim", f"reviews claim {ABSENT}", ABSENT),
    ("an unknown review to approve", f"reviews approve {ABSENT} --reason checked-it", ABSENT),
    ("an approval without a reason", f"reviews approve {ABSENT}", "--reason"),
    ("a batch file that is not there", "batch credit --input absent.csv --out out.jsonl", "absent.csv"),
    ("a batch file of an unknown kind", "batch credit --input case.json --out out.jsonl", "case.json"),
    ("a batch file that is no Parquet", "batch credit --input no.parquet --out out.jsonl", "no.parquet"),
    ("a batch file with a broken line", "batch credit --input broken.jsonl --out out.jsonl", "broken.jsonl, line 2"),
    ("a batch file that is not UTF-8", "batch credit --input latin.csv --out out.jsonl", "latin.csv"),
    ("a policy that is not there", "policy check absent.yaml", "absent.yaml"),
    ("a policy without a pack around it", "policy check folder/policy.yaml", "no pack.yaml"),
    ("facts that are not there", "policy eval {policy} --input absent.json", "absent.json"),
    ("facts of an unknown action", "policy eval {policy} --input facts.json", "did you mean `approve`?"),
    ("a demo in place of a file", "demo --home case.json", "case.json"),
]


@pytest.fixture(scope="module")
def prepared(ours: Remit, case: Case) -> Remit:
    """A working folder with a little of everything."""
    ours.pack()
    ours.write("case.json", case())
    ours.write("empty.json", b"")
    ours.write("facts.json", {"case": case(), "action": {"name": "aprove", "args": {}}})
    ours.write("no.parquet", b"PAR1 it begins well")
    ours.write("broken.jsonl", b"{}\n{\n")
    ours.write("latin.csv", "applicant_id\nJürgen\n".encode("latin-1"))
    (ours.folder / "folder").mkdir()
    ours.write("folder/policy.yaml", b"apiVersion: remit/v1\n")
    return ours


@pytest.mark.parametrize(
    ("arguments", "words"), [pytest.param(arguments, words, id=sentence) for sentence, arguments, words in WRONG_USE]
)
def test_it_exits_2_and_says_what_is_wrong(prepared: Remit, arguments: str, words: str) -> None:
    done = prepared(*arguments.format(policy="packs/credit/policy.yaml").split())
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("decide credit --case small.json --json", "case_rejected", {"violations": 21}),
        ("policy check packs/credit/broken.yaml --json", "source", {"problems": 1}),
        (f"explain {ABSENT} --json", "not_found", {}),
        ("decide credit --json", "usage", {}),
    ],
)
def test_a_program_that_asks_for_json_is_told_what_is_wrong_as_json(
    prepared: Remit, arguments: str, code: str, said: dict[str, int]
) -> None:
    prepared.write("small.json", {})
    prepared.write("packs/credit/broken.yaml", b"rules: [")
    done = prepared(*arguments.split())
    error = done.json["error"]
    assert (done.code, error["code"], {name: len(error[name]) for name in said}) == (2, code, said)
    assert error["message"].splitlines()[0] in done.err


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("REMIT_MODEL", "/nowhere/model", "/nowhere/model", id="an embedding model that is not there"),
        pytest.param("REMIT_PACKS", "/nowhere/packs", "packs", id="a pack folder that is not there"),
        pytest.param("REMIT_DATABASE_URL", "mysql://host/db", "mysql", id="a database of another kind"),
        pytest.param("REMIT_DATABASE_URL", "not a url", "database URL", id="a database URL that is none"),
    ],
)
def test_a_wrong_setting_exits_2_and_is_named(own: Remit, name: str, value: str, words: str) -> None:
    done = own("search", "credit", "a rule", **{name: value})
    assert (done.code, done.out) == (2, "")
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_setting_that_is_misspelt_is_told_by_whatever_runs_for_long_and_by_the_doctor(own: Remit) -> None:
    for verb, told in ((("worker", "--drain"), "err"), (("doctor",), "out")):
        done = own(*verb, REMIT_DATABASE="postgresql://db.example/remit")
        assert "REMIT_DATABASE is no setting, so nobody heeds it" in getattr(done, told)
        assert "did you mean REMIT_DATABASE_URL?" in getattr(done, told)


@pytest.mark.parametrize("text", ["home = [", 'colour = "green"'], ids=["that is no TOML", "with an unknown setting"])
def test_a_settings_file_exits_2(remit: Remit, text: str) -> None:
    remit.write("remit.toml", text)
    done = remit("reviews", "list")
    assert (done.code, done.out) == (2, "")
    assert "remit.toml" in done.err


def test_results_that_the_disk_has_no_room_for_exit_3(remit: Remit) -> None:
    with Path("/dev/full").open("wb") as full:
        done = remit.end_of(remit.start("reviews", "list", "--json", stdout=full))
    assert done.code == 3
    assert done.err.startswith("remit: the machine refused: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param("batch credit --input few.jsonl --out case.json/out.jsonl", "out.jsonl", id="a batch's results"),
        pytest.param("ledger export --out case.json", "case.json", id="an export"),
    ],
)
def test_what_cannot_be_written_exits_3(prepared: Remit, case: Case, arguments: str, words: str) -> None:
    prepared.write("few.jsonl", case())
    done = prepared(*arguments.split())
    assert (done.code, done.out) == (3, "")
    assert words in done.err
    assert "unexpected" not in done.err
