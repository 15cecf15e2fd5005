"""Connectors: run from the copy that decided, and never trusted to be tidy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from remit.adapters.connectors import PackConnectors
from remit.agents.ports import ConnectorAnswer
from remit.agents.records import Obligation, PlannedEffect
from remit.core.errors import SystemFailed
from remit.packs.files import PackFiles
from remit.packs.local_record import LocalRecord

HEAD = "from __future__ import annotations\nfrom remit.packs.connectors import Call, NotDone, effect\n"
EFFECT = PlannedEffect("key-1", "01DECISION", "pay", "lend", {"amount": 5})
Connect = Callable[..., PackConnectors]


@pytest.fixture
def connect(tmp_path: Path) -> Connect:
    """The connectors of a module with this body of `pay`."""

    def make(body: str = 'return {"key": call.key}', marks: str = "", before: str = "") -> PackConnectors:
        code = f'{HEAD}{before}\n@effect("pay"{marks})\ndef pay(call):\n    {body}\n'
        return PackConnectors(PackFiles({"connectors.py": code.encode()}, None), tmp_path)

    return make


def test_a_connector_gets_the_key_the_action_and_the_case(connect: Connect, tmp_path: Path) -> None:
    connectors = connect('return {"all": [call.key, call.action, call.args, call.case, str(call.home)]}')
    answer = connectors.call(EFFECT, {"id": "L-1"})
    assert answer.state == "confirmed"
    assert answer.result == {"all": ["key-1", "lend", {"amount": 5}, {"id": "L-1"}, str(tmp_path / "systems")]}


@pytest.mark.parametrize(
    ("body", "state", "error"),
    [
        ('raise NotDone("the account is closed")', "failed", "the account is closed"),
        ('raise TimeoutError("no answer")', "in_doubt", "TimeoutError: no answer"),
        ("1 / 0", "in_doubt", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "in_doubt", "SystemExit: 0"),
        ('raise ValueError("x" * 9999)', "in_doubt", "ValueError: " + "x" * 488),
    ],
)
def test_only_not_done_is_a_failure_and_anything_else_is_doubt(
    connect: Connect, body: str, state: str, error: str
) -> None:
    answer = connect(body).call(EFFECT, {})
    assert (answer.state, answer.error) == (state, error)


@pytest.mark.parametrize("body", ["return {1, 2}", "return {'a': float('nan')}", "return {'a': object()}"])
def test_an_answer_that_cannot_be_recorded_is_still_an_answer(connect: Connect, body: str) -> None:
    answer = connect(body).call(EFFECT, {})
    assert answer.state == "confirmed"
    assert answer.result is not None
    assert "cannot be recorded" in answer.result["note"]


def test_an_answer_that_is_no_object_is_put_into_one(connect: Connect) -> None:
    assert connect("return 'K-17'").call(EFFECT, {}).result == {"answer": "K-17"}


@pytest.mark.parametrize(
    ("lookup", "state", "result"),
    [
        ("lambda call: {'found': call.key}", "confirmed", {"found": "key-1"}),
        ("lambda call: None", "failed", None),
    ],
)
def test_a_lookup_tells_whether_it_was_done(
    connect: Connect, lookup: str, state: str, result: dict[str, str] | None
) -> None:
    answer = connect(marks=f", lookup={lookup}").lookup(EFFECT, {})
    assert answer is not None
    assert (answer.state, answer.result) == (state, result)


@pytest.mark.parametrize("marks", ["", ", lookup=lambda call: 1 / 0", ", lookup=lambda call: exit()"])
def test_a_lookup_that_is_missing_or_breaks_tells_nothing(connect: Connect, marks: str) -> None:
    assert connect(marks=marks).lookup(EFFECT, {}) is None


@pytest.mark.parametrize(("marks", "repeatable"), [("", False), (", idempotent=True", True)])
def test_only_a_connector_that_says_so_may_be_repeated(connect: Connect, marks: str, repeatable: bool) -> None:
    assert connect(marks=marks).repeatable(EFFECT) is repeatable


@pytest.mark.parametrize("before", ["1 / 0", "import nothing_of_that_name", "def broken(:", "raise SystemExit(0)"])
def test_a_module_that_cannot_be_loaded_surely_did_nothing(connect: Connect, before: str) -> None:
    connectors = connect(before=before)
    assert connectors.call(EFFECT, {}).state == "failed"
    assert connectors.lookup(EFFECT, {}) is None
    assert not connectors.repeatable(EFFECT)
    with pytest.raises(SystemFailed, match=r"connectors\.py cannot be loaded"):
        connectors.load()


def test_a_connector_that_is_not_there_surely_did_nothing(tmp_path: Path) -> None:
    answer = PackConnectors(PackFiles({}, None), tmp_path).call(EFFECT, {})
    assert (answer.state, answer.error) == ("failed", "the pack has no connector `pay`")


def test_a_data_folder_that_cannot_be_written_surely_did_nothing(connect: Connect, tmp_path: Path) -> None:
    connectors = connect()
    (tmp_path / "systems").write_text("in the way")
    assert connectors.call(EFFECT, {}).state == "failed"


def test_a_module_may_define_dataclasses(connect: Connect) -> None:
    before = "import dataclasses\n@dataclasses.dataclass\nclass Receipt:\n    number: int = 7\n"
    assert connect('return {"number": Receipt().number}', before=before).call(EFFECT, {}).result == {"number": 7}


def test_what_decided_is_what_acts_even_when_the_folder_has_changed(
    write_pack: Callable[..., Path], tmp_path: Path
) -> None:
    from remit.packs.files import read_folder

    folder = write_pack()
    decided = read_folder(folder)
    (folder / "connectors.py").write_text('raise RuntimeError("another version")')
    assert PackConnectors(decided, tmp_path).call(EFFECT, {}).result == {"paid": 5}


def test_a_copy_that_was_tampered_with_is_written_again(connect: Connect, tmp_path: Path) -> None:
    connect().load()
    (copy,) = (tmp_path / "connectors").glob("*.py")
    copy.write_text("1 / 0")
    assert connect().call(EFFECT, {}).state == "confirmed"


class TestLocalRecord:
    def test_writing_twice_under_one_key_leaves_one_entry(self, tmp_path: Path) -> None:
        record = LocalRecord(tmp_path / "book.db")
        first = record.write("k", "loan", {"amount": 5})
        assert record.write("k", "loan", {"amount": 6}) == first == {"entry": 1, "kind": "loan", "amount": 5}
        assert record.entries() == [first]

    def test_an_entry_is_found_by_its_key_or_surely_not_there(self, tmp_path: Path) -> None:
        record = LocalRecord(tmp_path / "book.db")
        written = record.write("k", "loan", {})
        assert (record.find("k"), record.find("other")) == (written, None)


OWED = Obligation("key-2", "01DECISION", "notify", "auditor")
ACTION = {"name": "lend", "args": {"amount": 5}}


@pytest.fixture
def oblige(tmp_path: Path) -> Callable[..., ConnectorAnswer]:
    """What comes of an obligation when `notify` has this body."""

    def make(body: str, name: str = "notify") -> ConnectorAnswer:
        code = f'from remit.packs.connectors import obligation\n@obligation("{name}")\ndef tell(duty):\n    {body}\n'
        return PackConnectors(PackFiles({"connectors.py": code.encode()}, None), tmp_path).oblige(
            OWED, ACTION, {"id": "L-1"}
        )

    return make


def test_a_duty_says_what_for_whom_and_why(oblige: Callable[..., ConnectorAnswer], tmp_path: Path) -> None:
    told = "[duty.key, duty.do, duty.to, duty.action, duty.args, duty.case, duty.decision_id, str(duty.home)]"
    assert oblige(f"return {{'all': {told}}}").result == {
        "all": [
            *("key-2", "notify", "auditor", "lend", {"amount": 5}, {"id": "L-1"}, "01DECISION"),
            str(tmp_path / "systems"),
        ]
    }


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("pass", ConnectorAnswer("confirmed", result={})),
        ("return {'note': 1}", ConnectorAnswer("confirmed", result={"note": 1})),
        ("raise TimeoutError('no answer')", ConnectorAnswer("in_doubt", error="TimeoutError: no answer")),
        ("raise SystemExit(0)", ConnectorAnswer("in_doubt", error="SystemExit: 0")),
    ],
)
def test_an_obligation_is_done_only_when_its_function_returns(
    oblige: Callable[..., ConnectorAnswer], body: str, answer: ConnectorAnswer
) -> None:
    assert oblige(body) == answer


@pytest.mark.parametrize(("body", "name"), [("pass", "another"), ("pass\nimport nothing_of_that_name", "notify")])
def test_an_obligation_that_nothing_can_carry_out_is_not_done(
    oblige: Callable[..., ConnectorAnswer], body: str, name: str
) -> None:
    answer = oblige(body, name)
    assert answer.state != "confirmed"
    assert answer.error


UNDO = (
    '@effect("refund")\ndef refund(call):\n    return [call.action, call.args, call.undoes.key, call.undoes.result]\n'
)
UNDOING = {"undoes": "key-1", "args": {"amount": 5}, "result": {"entry": 1}}


def test_what_undoes_an_effect_is_told_what_was_done(connect: Connect) -> None:
    connectors = connect(marks=", compensate=refund", before=UNDO)
    assert connectors.compensation(EFFECT) == "refund"
    undoing = PlannedEffect("key-2", "01DECISION", "refund", "lend", UNDOING, kind="compensation")
    assert connectors.call(undoing, {}).result == {"answer": ["lend", {"amount": 5}, "key-1", {"entry": 1}]}


@pytest.mark.parametrize("connector", ["pay", "nothing_of_that_name"])
def test_an_effect_that_names_nothing_that_undoes_it_has_no_compensation(connect: Connect, connector: str) -> None:
    assert connect().compensation(replace(EFFECT, connector=connector)) is None


def test_what_undoes_an_effect_is_a_connector_itself(connect: Connect) -> None:
    with pytest.raises(SystemFailed, match="what compensates `pay` is no connector: mark it with @effect, too"):
        connect(marks=", compensate=print").load()
