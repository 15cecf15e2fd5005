"""What past decisions teach, as files: for whoever may see cases, without who they are about, and by SHA-256."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from remit.core.errors import Corrupted, InputError, Refused
from remit.core.words import Actor
from remit.service.learning.teach import check_examples, write_examples
from remit.service.record_outcome import Report, record_outcome

PIA, KIM = Actor("pia", roles=("policy_author",)), Actor("kim", roles=("clerk",))
LARGE = 200_000


@pytest.fixture
def taught(desk: Any, tmp_path: Path) -> Path:
    """Four payments that settled, one of them approved by a person; one that did not; and six that people rejected."""
    for number, cents in enumerate((5_000, 6_000, 7_000, LARGE, 8_000)):
        desk.clock.advance(timedelta(seconds=1))
        told = desk.decide(request_id=f"R-{number}", amount_cents=cents)
        if "review_id" in told:
            desk.vote(told["review_id"])
        report = Report("settled", cents != 8_000, desk.clock.now())
        record_outcome(desk.engine.services, told["decision_id"], report, KIM)
    for number in range(6):
        told = desk.decide(request_id=f"R-1{number}", amount_cents=300_000 + number)
        desk.vote(told["review_id"], choice="reject")
    return tmp_path / "lessons"


def write(desk: Any, folder: Path, who: Actor = PIA) -> dict[str, Any]:
    return write_examples(desk.engine.services, str(desk.pack), folder, who)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]


def test_good_ones_are_shown_or_tested_on_and_rejected_ones_are_to_improve(desk: Any, taught: Path) -> None:
    assert write(desk, taught)["counts"] == {"examples": 2, "regressions": 2, "improvements": 6, "rules": 1}
    good = [*lines(taught, "examples"), *lines(taught, "regressions")]
    assert sorted(each["approved_by"] for each in good) == ["contract", "contract", "contract", "person"]
    assert {(each["word"], each["why"]) for each in lines(taught, "improvements")} == {("rejected", "as it should be")}


def test_nobody_is_named_and_the_ledger_says_who_took_them(desk: Any, taught: Path) -> None:
    manifest = write(desk, taught)
    text = "".join(path.read_text("utf-8") for path in taught.iterdir())
    assert "R-1" not in text
    assert "request_id" not in text
    with desk.engine.ledger.snapshot() as seen:
        bodies = [json.loads(entry.body) for entry in seen.entries]
    (event,) = [each for each in bodies if each["type"] == "examples.exported"]
    assert (event["actor"]["id"], event["body"]["files"]) == ("pia", manifest["files"])


@pytest.mark.parametrize("roles", [("clerk",), ("policy_author", "admin")])
def test_only_who_manages_models_and_may_see_cases_takes_them(desk: Any, taught: Path, roles: tuple[str, ...]) -> None:
    with pytest.raises(Refused):
        write(desk, taught, Actor("eve", roles=roles))
    assert not taught.exists()


def test_an_erased_subject_is_in_no_folder_that_is_written_anew(desk: Any, taught: Path) -> None:
    from tests.integration.test_erasure import erase

    write(desk, taught)
    erase(desk, "R-10")
    assert write(desk, taught)["counts"]["improvements"] == 5


def test_a_proposed_rule_is_one_that_the_contract_takes(desk: Any, taught: Path) -> None:
    write(desk, taught)
    (rule,) = yaml.safe_load((taught / "rules.yaml").read_text("utf-8"))["rules"]
    contract = yaml.safe_load((desk.pack / "policy.yaml").read_text("utf-8"))
    contract["rules"].insert(0, rule)
    (desk.pack / "policy.yaml").write_text(yaml.safe_dump(contract), "utf-8")
    assert rule["when"] == 'action.name == "pay" && case.amount_cents >= 300000'
    assert desk.decide(request_id="R-9", amount_cents=300_000)["status"] == "denied"
    assert desk.decide(request_id="R-8", amount_cents=LARGE)["status"] == "awaiting_review"


def test_a_brain_that_proposes_otherwise_is_worse_on_what_was_good(desk: Any, taught: Path) -> None:
    write(desk, taught)
    before = check_examples(desk.engine.services, str(desk.pack), taught)
    assert (before["passes"], before["regressions"], before["improved"]) == (True, 2, [])
    desk.edit("pack.yaml", "{action: pay, when: case.kind", "{action: wire, when: case.kind")
    after = check_examples(desk.engine.services, str(desk.pack), taught)
    assert (after["passes"], len(after["worse"]), len(after["improved"])) == (False, 2, 6)


def test_a_file_that_was_changed_is_not_read(desk: Any, taught: Path) -> None:
    write(desk, taught)
    (taught / "regressions.jsonl").write_text("", "utf-8")
    with pytest.raises(Corrupted, match="not the file that was written"):
        check_examples(desk.engine.services, str(desk.pack), taught)


def test_a_folder_with_something_else_is_left_alone(desk: Any, taught: Path) -> None:
    taught.mkdir()
    (taught / "diary.txt").write_text("dear diary", "utf-8")
    with pytest.raises(InputError, match="something else"):
        write(desk, taught)
    with pytest.raises(InputError, match="holds no examples"):
        check_examples(desk.engine.services, str(desk.pack), taught)
    assert (taught / "diary.txt").read_text("utf-8") == "dear diary"
