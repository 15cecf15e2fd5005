"""Loading a pack: everything that is wrong with it is told, at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.packs.files import read_folder
from remit.packs.load import load_pack, load_policy
from remit.packs.pack import Decision, Retention

Problems = Callable[..., list[Problem]]
SHIPPED = Path(__file__).parents[3] / "examples" / "packs"
MODEL = ("strategy: rules\n", 'strategy: model\n      model: {file: models/m.onnx, sha256: "' + "0" * 64 + '"}\n')
CARD = {"features": {"numbers": ["ratio", "late"], "texts": ["purpose"]}, "outcomes": ["true", "false"]}


@pytest.mark.parametrize("name", ["credit", "quality", "receivables"])
def test_a_shipped_pack_loads_without_a_problem(name: str) -> None:
    pack = load_pack(read_folder(SHIPPED / name))
    assert pack.name == name
    assert not [warning for decision in pack.decisions.values() for warning in decision.policy.warnings]


def test_loading_twice_gives_the_same_pack(write_pack: Callable[..., Path]) -> None:
    files = read_folder(write_pack())
    assert load_pack(files).sha256 == load_pack(files).sha256


LAST = """        - action: lend
          reason: Nothing speaks against it.
"""
DOCUMENTED = [
    # metadata and shape
    ("name: loan, version", "name: Loan, version", "3:18", "pattern"),
    ("version: 1.0.0", "version: 1.0", "3:33", "must be text"),
    ("autonomy: act", "autonomy: free", "10:15", "must be 'shadow'"),
    ("autonomy: act", "autonmy: act", "10:5", "undeclared field `autonmy`; did you mean `autonomy`?"),
    # files beside it
    ("case: case.odcs.yaml", "case: cas.odcs.yaml", "7:11", "there is no file cas.odcs.yaml"),
    ("policy: policy.yaml", "policy: polcy.yaml", "8:13", "there is no file polcy.yaml"),
    # names
    ("subject: case.id", "subject: case.idd", "9:14", "`case.idd` is no field"),
    ("effect: connectors:pay", "effect: connectors:play", "13:17", "no connector `play`"),
    ("effect: connectors:pay", "effect: banking:pay", "13:17", "no connector `pay` in banking.py"),
    ("- name: refuse", "- name: lend", "16:15", "the action `lend` is declared twice"),
    ("for a {case.purpose}", "for a {case.porpose}", "26:16", "`case.porpose`, which is no field"),
    ("features: [ratio, purpose, late]", "features: [ratoi, purpose, late]", "30:18", "`ratoi` is no feature"),
    ("features: [ratio, purpose, late]", "features: [late, purpose, late]", "30:33", "`late` is listed twice"),
    ("        lend: {amount", "        lnd: {amount", "32:14", "`lnd` is no action"),
    ("lend: {amount: case.amount}", "lend: {amuont: case.amount}", "32:24", "`amuont` is no argument"),
    ("- action: lend\n", "- action: lent\n", "39:19", "`lent` is no action"),
    ("protected: [age]", "protected: [aeg, age]", "46:28", "`aeg` is no field"),
    # expressions
    ("ratio: double(case.amount) / 100.0", "ratio: double(case.amont) / 100.0", "20:26", "undeclared field `amont`"),
    ("ratio: double(case.amount) / 100.0", "ratio: case.amount / 100.0", "20:26", "does not go with"),
    ("ratio: double(case.amount) / 100.0", "ratio: '[case.amount]'", "20:15", "must be"),
    ("when: case.amount > 0", "when: case.amount", "25:15", "must be true-or-false"),
    ("when: case.late", "when: case.late &&", "35:29", "syntax"),
    ("codes: \"['RISK']\"", "codes: '[1, 2]'", "33:26", "must be list of text, but is list of integer"),
    ("lend: {amount: case.amount}", "lend: {amount: '1.5'}", "32:25", "must be integer"),
    ("outcome.repaid ?", "outcome.paid ?", "45:49", "undeclared"),
    ("action.name == 'lend' ?", "action.name == 'lent' ?", "45:31", "lent"),
    # what must hold between the parts
    ("        lend: {amount: case.amount}\n", "", "32:9", "nothing gives the argument `amount` of `lend`"),
    (LAST, LAST.replace("reason", "when: case.amount > 5\n          reason"), "40:17", "the last rule must hold"),
    ("name: repaid", "name: late", "42:13", "the proposer would see the future"),
    ("type: boolean", "type: string", "42:7", "lists its `values`"),
    ("protected: [age]", "protected: []", "46:15", "`age` is classified as protected"),
    # learning
    ("fairness: {", "learning: {holdout: 0.6}\n    fairness: {", "46:25", "less than or equal to 0.5"),
    # retention
    ("fairness: {", "retention: {class: loans, keep_days: 0}\n    fairness: {", "46:42", "greater than or equal to 1"),
    ("fairness: {", "retention: {clas: loans, keep_days: 1}\n    fairness: {", "46:17", "did you mean `class`?"),
    # protected attributes
    ("late: case.late", "late: case.age > 60", "22:13", "reads the protected attribute `age`"),
    ("when: case.amount > 0", "when: case.age > 60", "25:15", "reads the protected attribute `age`"),
    ("{case.purpose}", "{case.purpose} at {case.age}", "26:16", "the query reads the protected attribute `age`"),
    ("lend: {amount: case.amount}", "lend: {amount: case.age}", "32:24", "reads the protected attribute `age`"),
    ("when: case.late", "when: has(case.age)", "35:17", "reads the protected attribute `age`"),
    ("when: case.late", "when: '[case].exists(c, c.age > 60)'", "35:17", "passes the whole case on"),
    ("? 1.0 :", "? double(case.age) :", "45:15", "reads the protected attribute `age`"),
]


@pytest.mark.parametrize(("old", "new", "place", "message"), DOCUMENTED)
def test_a_problem_of_the_manifest_is_told_at_its_place(
    problems: Problems, old: str, new: str, place: str, message: str
) -> None:
    found = problems((old, new))
    assert [f"{each.line}:{each.column}" for each in found if message in each.message] == [place], [
        each.render() for each in found
    ]


def test_a_decision_says_how_long_its_cases_are_kept(write_pack: Callable[..., Path]) -> None:
    kept = ("fairness: {", "retention: {class: loans, keep_days: 30}\n    fairness: {")
    for changes, retention in (((), None), ((kept,), Retention("loans", 30))):
        assert load_pack(read_folder(write_pack(*changes))).decisions["loan.small"].retention == retention


def test_all_problems_of_all_files_are_told_at_once(problems: Problems) -> None:
    found = problems(
        ("subject: case.id", "subject: case.idd"),
        ("connectors:pay", "connectors:play"),
        ("when: case.late", "when: case.age > 5"),
        ("name: repaid", "name: late"),
        MODEL,
        case=[("case.age >= 18", "case.agee >= 18")],
        policy=[("action.name in", "action.nam in")],
    )
    files = sorted({Path(each.file).name for each in found})
    assert files == ["case.odcs.yaml", "pack.yaml", "policy.yaml"]
    assert len(found) >= 8


def test_a_broken_data_contract_does_not_hide_what_else_is_wrong(problems: Problems) -> None:
    found = problems(
        ("connectors:pay", "connectors:play"), ("policy.yaml", "plicy.yaml"), files={"case.odcs.yaml": "a: [\n"}
    )
    assert [each.message.partition(":")[0] for each in found] == [
        "there is no connector `play` in connectors.py",
        "this is not YAML",
        "there is no file plicy.yaml, or it is not UTF-8 text",
    ]


@pytest.mark.parametrize("file", ["pack.yaml", "case.odcs.yaml", "policy.yaml"])
@pytest.mark.parametrize("text", ["a: [\n", "a: 1\na: 2\n", "", "\x00", "&a b"])
def test_broken_yaml_is_told_with_its_file(problems: Problems, file: str, text: str) -> None:
    assert Path(problems(files={file: text})[0].file).name == file


@pytest.mark.parametrize("file", ["pack.yaml", "case.odcs.yaml", "policy.yaml"])
def test_a_file_that_is_not_utf_8_is_told(problems: Problems, file: str) -> None:
    assert "not UTF-8" in problems(files={file: b"\xff\xfe"})[0].message


@pytest.mark.parametrize("file", ["case.odcs.yaml", "policy.yaml"])
def test_a_missing_file_is_told_where_it_is_named(problems: Problems, file: str) -> None:
    found = problems(files={file: None})
    assert [(Path(each.file).name, each.message) for each in found] == [
        ("pack.yaml", f"there is no file {file}, or it is not UTF-8 text")
    ]


def test_a_policy_of_another_decision_is_refused(problems: Problems) -> None:
    found = problems(policy=[("decision: loan.small", "decision: loan.large")])
    assert [each.message for each in found] == ["policy.yaml governs `loan.large`, not `loan.small`"]


def test_a_broken_expression_of_the_data_contract_is_told_there(problems: Problems) -> None:
    (found,) = problems(case=[("case.age >= 18", "case.age >= '18'")])
    assert (Path(found.file).name, found.line, found.column) == ("case.odcs.yaml", 44, 34)


def test_connectors_that_are_not_python_are_told_with_a_caret(problems: Problems) -> None:
    broken = next(each for each in problems(files={"connectors.py": "def pay(:\n"}) if each.line == 1)
    assert broken.render().splitlines()[1:3] == ["  | def pay(:", "  |         ^"]


def test_two_decisions_with_one_name_are_told_beside_every_other_problem(problems: Problems, pack_text: str) -> None:
    decision = pack_text.partition("decisions:\n")[2]
    found = problems(("protected: [age]}\n", "protected: [age]}\n" + decision.replace("case.late\n", "case.lat\n", 1)))
    assert [(each.line, each.message[:46]) for each in found] == [
        (64, "undeclared field `lat` of Case; did you mean `"),
        (47, "the decision `loan.small` is declared twice"),
    ]


@pytest.fixture
def pack_text(write_pack: Callable[..., Path]) -> str:
    return (write_pack() / "pack.yaml").read_text()


def test_what_is_wrong_with_a_shared_file_is_told_once(problems: Problems, pack_text: str) -> None:
    second = pack_text.partition("decisions:\n")[2].replace("loan.small", "loan.other")
    found = problems(("protected: [age]}\n", "protected: [age]}\n" + second), case=[("name: rate\n", "name: Rate\n")])
    assert [each.message for each in found if "snake_case" in each.message] == [
        "a field needs a snake_case name, not 'Rate'"
    ]


def test_an_action_that_no_rule_proposes_needs_no_arguments(load: Callable[..., Decision]) -> None:
    lent = ("- action: lend\n", "- action: refuse\n")
    assert load(lent, ("        lend: {amount: case.amount}\n", "")).actions.keys() == {"lend", "refuse"}


class TestModel:
    @pytest.mark.parametrize(
        ("files", "message"),
        [
            ({"models/m.card.json": orjson.dumps(CARD)}, "there is no file models/m.onnx"),
            ({"models/m.onnx": b"m"}, "there is no file models/m.card.json"),
            ({"models/m.onnx": b"m", "models/m.card.json": b"{"}, "tells of other features or outcomes"),
            ({"models/m.onnx": b"m", "models/m.card.json": b"[]"}, "tells of other features or outcomes"),
            (
                {"models/m.onnx": b"m", "models/m.card.json": orjson.dumps({**CARD, "outcomes": ["false", "true"]})},
                "tells of other features or outcomes",
            ),
        ],
    )
    def test_a_model_that_does_not_belong_to_the_pack_is_a_problem(
        self, problems: Problems, files: dict[str, Any], message: str
    ) -> None:
        (found,) = problems(MODEL, files=files)
        assert (found.line, found.column) == (30, 21)
        assert message in found.message

    def test_features_in_another_order_than_the_model_learnt_are_a_problem(self, problems: Problems) -> None:
        files = {"models/m.onnx": b"m", "models/m.card.json": orjson.dumps(CARD)}
        swapped = ("features: [ratio, purpose, late]", "features: [late, purpose, ratio]")
        assert "other features" in problems(MODEL, swapped, files=files)[0].message

    def test_a_model_with_its_card_is_named_by_its_digest(self, load: Callable[..., Decision]) -> None:
        model = load(MODEL, files={"models/m.onnx": b"m", "models/m.card.json": orjson.dumps(CARD)}).model
        assert model is not None
        assert model.sha256 == "0" * 64

    def test_a_pack_that_is_still_to_be_trained_loads_without_its_model(self, write_pack: Callable[..., Path]) -> None:
        assert load_pack(read_folder(write_pack(MODEL)), trained=False).decisions["loan.small"].strategy == "model"


class TestPolicyAlone:
    def test_a_policy_is_loaded_with_the_types_of_its_pack(self, write_pack: Callable[..., Path]) -> None:
        assert load_policy(read_folder(write_pack()), "policy.yaml").decision == "loan.small"

    def test_a_contract_that_no_decision_names_is_refused(self, write_pack: Callable[..., Path]) -> None:
        said = r"no decision of this pack has the policy other\.yaml\n(.*\n)+  = put it in the place of policy\.yaml"
        with pytest.raises(SourceError, match=said):
            load_policy(read_folder(write_pack(files={"other.yaml": "a: 1"})), "other.yaml")


def test_whoever_is_held_out_from_learning_is_a_share_of_the_subjects(write_pack: Callable[..., Path]) -> None:
    held_out = ("fairness: {", "learning: {holdout: 0.05}\n    fairness: {")
    for changes, share in (((), 0.0), ((held_out,), 0.05)):
        assert load_pack(read_folder(write_pack(*changes))).decisions["loan.small"].holdout == share
