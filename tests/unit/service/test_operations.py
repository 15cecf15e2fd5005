"""Deciding, batches, policies, documents: what each operation promises to whoever calls it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.core.errors import InputError, NotFound, SourceError, SystemFailed
from remit.core.words import Actor
from remit.packs.admit import CaseRejected
from remit.packs.local_record import LocalRecord
from remit.service.policies import check_policy, eval_policy
from remit.wiring import Engine

Ledger = Callable[[], list[str]]
Loan = Callable[..., dict[str, Any]]
WritePack = Callable[..., Path]
NOW = datetime(2026, 11, 1, tzinfo=UTC)


class TestDecide:
    def test_a_sound_case_is_decided_and_done(self, engine: Engine, pack: str, ana: Actor, loan: Loan) -> None:
        result = engine.decide(pack, loan(), ana)
        assert (result["status"], result["effect"]) == ("executed", {"paid": 500})

    def test_an_action_without_a_connector_is_advice(self, engine: Engine, pack: str, ana: Actor, loan: Loan) -> None:
        assert engine.decide(pack, loan(late=True), ana)["status"] == "advised"

    def test_a_quarantined_case_is_not_decided_on(self, engine: Engine, pack: str, ana: Actor, loan: Loan) -> None:
        result = engine.decide(pack, loan(age=17), ana)
        assert (result["status"], result["action"]) == ("quarantined", None)
        assert result["violations"][0]["rule"] == "old_enough"

    def test_a_rejected_case_is_in_the_ledger_without_its_values(
        self, engine: Engine, pack: str, ana: Actor, loan: Loan, ledger: Ledger
    ) -> None:
        with pytest.raises(CaseRejected):
            engine.decide(pack, loan(id="s3cr3t"), ana)
        assert "case.rejected" in ledger()[-1]
        assert "s3cr3t" not in str(ledger())

    def test_the_same_request_gets_the_same_answer(self, engine: Engine, pack: str, ana: Actor, loan: Loan) -> None:
        first, second = (engine.decide(pack, loan(), ana, request_key="r-1") for _ in range(2))
        assert first["decision_id"] == second["decision_id"]

    def test_a_request_key_serves_one_case_of_one_decision(
        self, engine: Engine, write_pack: WritePack, tmp_path: Path, ana: Actor, loan: Loan
    ) -> None:
        engine.decide(str(write_pack()), loan(), ana, request_key="r-1")
        with pytest.raises(InputError, match="was used for another case or decision"):
            engine.decide(str(write_pack()), loan(amount=501), ana, request_key="r-1")
        other = write_pack(("name: loan,", "name: other,"))
        with pytest.raises(InputError, match="was used for another case or decision"):
            engine.decide(str(other), loan(), ana, request_key="r-1")

    def test_an_unknown_decision_is_not_found(self, engine: Engine, pack: str, ana: Actor, loan: Loan) -> None:
        with pytest.raises(NotFound, match=r"has no decision `loan\.smal`") as raised:
            engine.decide(pack, loan(), ana, decision="loan.smal")
        assert raised.value.mend == "did you mean `loan.small`?"


class TestBatch:
    @pytest.fixture
    def cases(self, tmp_path: Path, loan: Loan) -> Path:
        rows = [loan(id="L-1"), loan(id="L-2", late=True), loan(id="bad"), loan(id="L-4", age=5)]
        file = tmp_path / "cases.jsonl"
        file.write_bytes(b"\n".join(orjson.dumps({**row, "outcome.repaid": True}) for row in rows))
        return file

    def test_every_row_has_its_line_in_order(
        self, engine: Engine, pack: str, ana: Actor, cases: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "out" / "decisions.jsonl"
        report = engine.batch(pack, cases, out, ana)
        lines = [orjson.loads(line) for line in out.read_bytes().splitlines()]
        assert [(line["row"], line["status"]) for line in lines] == [
            (1, "executed"),
            (2, "advised"),
            (3, "invalid"),
            (4, "quarantined"),
        ]
        assert report.to_json()["statuses"] == {"advised": 1, "executed": 1, "invalid": 1, "quarantined": 1}
        assert [each.name for each in out.parent.iterdir()] == ["decisions.jsonl"]

    def test_the_same_batch_decides_nothing_twice(
        self, engine: Engine, write_pack: WritePack, ana: Actor, cases: Path, tmp_path: Path
    ) -> None:
        book = (
            "from remit.packs.connectors import effect\nfrom remit.packs.local_record import LocalRecord\n"
            "@effect('pay')\ndef pay(call):\n"
            "    return LocalRecord(call.home / 'book.db').write(call.key, 'loan', {'id': call.case['id']})\n"
        )
        pack = str(write_pack(files={"connectors.py": book}))
        ids = []
        for name in ("first.jsonl", "second.jsonl"):
            engine.batch(pack, cases, tmp_path / name, ana)
            ids.append([orjson.loads(line).get("decision_id") for line in (tmp_path / name).read_bytes().splitlines()])
        assert ids[0] == ids[1]
        assert len(LocalRecord(engine.home / "systems" / "book.db").entries()) == 1

    def test_a_limit_and_the_progress_are_kept(
        self, engine: Engine, pack: str, ana: Actor, cases: Path, tmp_path: Path
    ) -> None:
        told: list[tuple[int, int]] = []
        report = engine.batch(pack, cases, tmp_path / "o", ana, limit=2, on_row=lambda *row: told.append(row))
        assert (report.rows, told) == (2, [(1, 2), (2, 2)])

    def test_the_cases_are_never_overwritten(self, engine: Engine, pack: str, ana: Actor, cases: Path) -> None:
        before = cases.read_bytes()
        with pytest.raises(InputError, match="is the file of the cases"):
            engine.batch(pack, cases, cases.parent / "." / cases.name, ana)
        assert cases.read_bytes() == before

    def test_an_output_that_cannot_be_written_is_a_clear_failure(
        self, engine: Engine, pack: str, ana: Actor, cases: Path, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(SystemFailed, match="cannot write"):
            engine.batch(pack, cases, tmp_path / "file" / "out.jsonl", ana)


class TestPolicies:
    FACTS = "case: {id: L-1, purpose: car, amount: 5, late: false, age: 40}\naction: {name: lend, args: {amount: 5}}\n"

    def test_a_contract_is_checked_with_the_types_of_its_pack(self, write_pack: WritePack) -> None:
        assert check_policy(write_pack() / "policy.yaml").tests[0].passed

    def test_facts_from_a_file_get_a_verdict(self, write_pack: WritePack) -> None:
        verdict = eval_policy(write_pack() / "policy.yaml", self.FACTS, "facts.yaml", NOW)
        assert (verdict.effect, verdict.findings[0].rule) == ("allow", "routine")

    def test_facts_that_do_not_fit_are_told_at_their_place(self, write_pack: WritePack) -> None:
        with pytest.raises(SourceError, match=r"facts\.yaml:1:\d+: "):
            eval_policy(write_pack() / "policy.yaml", self.FACTS.replace("car", "boat"), "facts.yaml", NOW)

    @pytest.mark.parametrize(("name", "error"), [("nowhere.yaml", NotFound), ("empty.yaml", InputError)])
    def test_a_contract_that_is_missing_or_empty_is_a_clear_error(
        self, write_pack: WritePack, name: str, error: type[Exception]
    ) -> None:
        with pytest.raises(error):
            check_policy(write_pack(files={"empty.yaml": ""}) / name)

    def test_a_contract_outside_a_pack_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "policy.yaml").write_text("a: 1")
        with pytest.raises(NotFound, match="is not a pack"):
            check_policy(tmp_path / "policy.yaml")


class TestDocuments:
    def test_indexing_twice_is_once(self, engine: Engine, pack: str, ana: Actor, ledger: Ledger) -> None:
        first, second = engine.index(pack, ana), engine.index(pack, ana)
        assert (first["added"], second["added"], second["changed"]) == (("loan/lending-rule",), (), ())
        assert str(ledger()).count("knowledge.indexed") == 1

    def test_a_search_gives_passages_with_their_source_and_trust(self, engine: Engine, pack: str, ana: Actor) -> None:
        (hit,) = engine.search(pack, "a rule for a car", ana)
        assert (hit["id"], hit["source"], hit["trust"]) == ("loan/lending-rule@1#1", "handbook", "trusted")

    def test_who_may_not_see_a_document_does_not_find_it(
        self, engine: Engine, write_pack: WritePack, ana: Actor
    ) -> None:
        front = "title: Car\nowner: o\nsource: s\ntrust: trusted\nvalid_from: 2026-01-01\naudience: [board]\n"
        secret = f"---\n{front}---\nA car.\n"
        pack = str(write_pack(files={"knowledge/secret.md": secret}))
        assert {hit["source"] for hit in engine.search(pack, "car", ana)} == {"handbook"}
        assert {hit["source"] for hit in engine.search(pack, "car", Actor("bo", roles=("board",)))} == {"handbook", "s"}

    def test_a_pack_without_documents_is_a_clear_error(self, engine: Engine, write_pack: WritePack, ana: Actor) -> None:
        with pytest.raises(InputError, match="knowledge"):
            engine.index(str(write_pack(files={"knowledge/lending-rule.md": None})), ana)


class TestExplain:
    def test_a_decision_is_explained_with_its_passages_and_events(
        self, engine: Engine, pack: str, ana: Actor, loan: Loan
    ) -> None:
        told = engine.explain(engine.decide(pack, loan(), ana)["decision_id"])
        assert told["case"]["id"] == "L-1"
        assert "lend only what can be repaid" in told["evidence"][0]["text"]
        assert told["effect"]["state"] == "confirmed"
        assert [event["type"] for event in told["ledger"]][-1].startswith("decision.")
        orjson.dumps(told)

    def test_an_unknown_decision_is_not_found(self, engine: Engine) -> None:
        with pytest.raises(NotFound):
            engine.explain("01UNKNOWN")
