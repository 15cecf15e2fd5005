"""Packs, documents and the learning loop over HTTP."""

from __future__ import annotations

import base64
from pathlib import Path

import jsonschema
import orjson
import pytest
from fastapi.testclient import TestClient
from tests.integration.api.people import CASE, ask, decided

from remit.api import training
from remit.wiring import Engine

MODEL = Path(__file__).parents[3] / "examples" / "packs" / "credit" / "models" / "credit-application.onnx"


def test_packs_are_listed_also_those_that_do_not_load(anyone: TestClient, engine: Engine) -> None:
    broken = engine.settings.pack_folders[0] / "broken"
    broken.mkdir()
    (broken / "pack.yaml").write_text("kind: Nothing\n", "utf-8")
    found = {pack["name"]: pack["loads"] for pack in ask(anyone, "adam", "GET", "/packs").json()}
    assert (found["desk"], found["broken"]) == (True, False)
    told = ask(anyone, "adam", "GET", "/packs/broken")
    assert (told.status_code, str(broken.parent) in told.text) == (422, False)


def test_a_pack_tells_of_its_actions_and_of_what_it_reads(shared: TestClient) -> None:
    found = ask(shared, "shop", "GET", "/packs/desk").json()["decisions"][0]
    assert [action["name"] for action in found["actions"]] == ["pay", "wire", "order", "advise"]
    assert found["actions"][0]["args"]["properties"] == {"amount_cents": {"type": "integer", "minimum": 1}}
    assert [need["need"] for need in found["evidence"]] == ["payment_rule", "travel_rule", "unwritten_rule"]


def test_a_packs_contract_is_a_schema_that_cases_fit(shared: TestClient) -> None:
    found = ask(shared, "shop", "GET", "/packs/desk/contract").json()
    assert found["odcs"]["kind"] == "DataContract"
    validator = jsonschema.Draft202012Validator(found["schema"])
    assert validator.is_valid({**CASE, "amount_cents": 5})
    assert not validator.is_valid({**CASE, "amount_cents": "five"})
    assert not validator.is_valid({**CASE, "amount_cents": 5, "colour": "red"})


@pytest.mark.parametrize("name", ["..", "../desk", "%2E%2E%2Fdesk", "/etc", "Desk", "."])
def test_a_packs_name_is_no_path(shared: TestClient, name: str) -> None:
    assert ask(shared, "shop", "GET", f"/search?pack={name}&q=limit").status_code == 422
    assert ask(shared, "shop", "GET", f"/packs/{name}/contract").status_code in (404, 422)


def test_documents_are_searched_as_far_as_the_asker_may_see_them(anyone: TestClient, engine: Engine) -> None:
    folder = engine.settings.pack_folders[0] / "desk" / "knowledge"
    restrict(folder / "limits.md", "officer")
    titles = {
        who: [hit["source"] for hit in ask(anyone, who, "GET", "/search?pack=desk&q=payment+limit&limit=9").json()]
        for who in ("olaf", "ana")
    }
    assert (len(titles["olaf"]) > len(titles["ana"]), len(titles["ana"]) > 0) == (True, True)
    assert ask(anyone, "adam", "GET", "/search?pack=desk&q=limit").status_code == 403


def restrict(document: Path, role: str) -> None:
    text = document.read_text("utf-8")
    assert text.count("[everyone]") == 1
    document.write_text(text.replace("[everyone]", f"[{role}]"), "utf-8")


def test_the_learning_loop_tells_what_there_is_and_what_is_not(shared: TestClient) -> None:
    found = ask(shared, "ana", "GET", "/learning").json()
    by_rules = {"pack": "desk", "decision": "desk.request", "strategy": "rules", "model": None}
    assert by_rules in found["decisions"]
    credit = next(each["model"] for each in found["decisions"] if each["pack"] == "credit")
    assert (len(credit["sha256"]), credit["card"]["sha256"]) == (64, credit["sha256"])
    assert "rollout" in found["available"]
    assert "rollout" not in found["not_available_yet"]


GATE = {"pack": "credit", "model": "123456"}


@pytest.mark.parametrize(("who", "status"), [("ana", 403), ("adam", 404)])
def test_models_are_gated_by_whoever_manages_them(shared: TestClient, who: str, status: int) -> None:
    assert ask(shared, who, "POST", "/learning/gates", GATE).status_code == status


def test_a_model_is_registered_by_whoever_manages_them(anyone: TestClient) -> None:
    card = orjson.loads(MODEL.with_name("credit-application.card.json").read_bytes())
    body = {"pack": "credit", "onnx": base64.b64encode(MODEL.read_bytes()).decode(), "card": card}
    assert ask(anyone, "ana", "POST", "/learning/models", body).status_code == 403
    for _ in range(2):
        made = ask(anyone, "adam", "POST", "/learning/models", body)
        assert (made.status_code, made.json()["sha256"], made.json()["state"]) == (201, card["sha256"], "registered")
    wrong = {**body, "onnx": "no base64!"}
    assert ask(anyone, "adam", "POST", "/learning/models", wrong).status_code == 400
    assert ask(anyone, "adam", "POST", "/learning/models", {**body, "card": {}}).status_code == 400


@pytest.mark.parametrize(("who", "status"), [("ana", 403), ("adam", 404)])
def test_alarms_are_acknowledged_by_whoever_manages_models(shared: TestClient, who: str, status: int) -> None:
    said = {"reason": "It is the new product."}
    assert ask(shared, who, "POST", "/learning/alarms/01KBA0Q9/acknowledge", said).status_code == status


def test_where_learning_stands_is_told(shared: TestClient) -> None:
    found = ask(shared, "ana", "GET", "/learning/status?pack=credit").json()
    assert (len(found["deciding"]), found["models"], found["rollouts"], found["now"]) == (64, [], [], None)
    assert ask(shared, "ana", "GET", "/learning/drift?pack=credit").json()["cases"] == 0


def test_the_figures_that_a_pack_declares_are_told_beside_their_targets(shared: TestClient) -> None:
    found = ask(shared, "ana", "GET", "/learning/kpis?pack=receivables&days=7").json()["kpis"]
    names = ["days_sales_outstanding", "cost_per_invoice", "automation_rate", "mean_reward"]
    assert [each["name"] for each in found] == names
    assert [(each["value"], len(each["by_day"])) for each in found] == [(None, 7)] * 4
    assert ask(shared, "ana", "GET", "/learning/kpis?pack=nothing").status_code == 404


def test_snapshots_that_were_made_are_listed_and_one_that_was_not_is_not_found(shared: TestClient) -> None:
    assert ask(shared, "ana", "GET", "/learning/snapshots").json() == {"snapshots": []}
    assert ask(shared, "ana", "GET", f"/learning/snapshots/{'f' * 64}").status_code == 404


def test_a_snapshot_is_taken_and_checked_and_what_it_cannot_teach_is_refused(anyone: TestClient) -> None:
    take = {"pack": "desk", "since": "2020-01-01T00:00:00Z"}
    assert ask(anyone, "ana", "POST", "/learning/snapshots", take).status_code == 403
    assert ask(anyone, "adam", "POST", "/learning/snapshots", take).status_code == 400, "nothing was decided yet"
    decided(anyone, amount=5_000)
    made = ask(anyone, "adam", "POST", "/learning/snapshots", take).json()
    assert (made["new"], made["manifest"]["counts"]["rows"]) == (True, 1)
    assert ask(anyone, "adam", "POST", "/learning/snapshots", take).json()["sha256"] == made["sha256"]
    checked = ask(anyone, "ana", "GET", f"/learning/snapshots/{made['sha256']}/check").json()
    assert checked["passes"] is False

    of_credit = {"pack": "credit", "snapshot": made["sha256"]}
    assert ask(anyone, "ana", "POST", "/learning/trainings", of_credit).status_code == 403
    wrong = ask(anyone, "adam", "POST", "/learning/trainings", of_credit)
    assert (wrong.status_code, "is of `desk.request` of desk" in wrong.text) == (400, True)


def test_synthetic_rows_are_vetted_against_real_ones(shared: TestClient) -> None:
    real = "amount,paid\n" + "".join(f"{100 + 7 * n},{('yes', 'no')[n % 3 == 0]}\n" for n in range(120))
    copied = ask(shared, "adam", "POST", "/learning/synthetic", {"real": real, "synthetic": real}).json()
    assert [each["question"] for each in copied["questions"] if not each["passes"]] == ["privacy"]
    gap = ask(shared, "adam", "POST", "/learning/synthetic", {"real": real, "synthetic": "amount,paid\n1,\n2,no\n"})
    assert (gap.status_code, gap.json()["detail"]) == (400, "synthetic.csv, row 1: `paid` is empty")
    assert ask(shared, "ana", "POST", "/learning/synthetic", {"real": real, "synthetic": real}).status_code == 403


def test_one_training_at_a_time(anyone: TestClient) -> None:
    wanted = {"pack": "credit", "snapshot": "f" * 64}
    with training._training:
        busy = ask(anyone, "adam", "POST", "/learning/trainings", wanted)
    assert (busy.status_code, busy.json()["type"]) == (409, "urn:remit:problem:training")
    assert ask(anyone, "adam", "POST", "/learning/trainings", wanted).status_code == 404
