"""What Prometheus is shown, and what people can be woken by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from tests.integration.api.conftest import Known, desk_engine
from tests.integration.api.test_decisions import asked
from tests.integration.conftest import LARGE, SMALL

from remit.api.app import create_app
from remit.core.errors import SystemFailed
from remit.service.calls.calls import Calls

ALERTS = yaml.safe_load((Path(__file__).parents[4] / "docs" / "guides" / "alerts.yaml").read_text("utf-8"))
RULES = {rule["alert"]: rule for group in ALERTS["groups"] for rule in group["rules"]}
OPERATE = (Path(__file__).parents[4] / "docs" / "guides" / "operate.md").read_text("utf-8")
OF_PROMETHEUS = {"up"}

ADAM = {"Authorization": "Bearer adam"}


def scraped(client: TestClient) -> dict[str, list[Any]]:
    """Samples by name."""
    answer = client.get("/metrics", headers=ADAM)
    assert answer.status_code == 200, answer.text
    found: dict[str, list[Any]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def value(found: dict[str, list[Any]], name: str, **labels: str) -> float:
    return sum(sample.value for sample in found[name] if labels.items() <= sample.labels.items())


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that has seen everything once: decided, escalated, denied, rate-limited and failed."""
    folder = tmp_path_factory.mktemp("busy")
    with desk_engine(folder) as engine:
        client = TestClient(create_app(engine, Known()), headers={"Authorization": "Bearer shop"})
        asked(client, SMALL, "k-1")
        asked(client, LARGE, "k-2")
        asked(client, SMALL, "k-3", Authorization="Bearer adam")
        client.app.state.meters.limited("caller")  # type: ignore[attr-defined]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Calls, "decide_within", _fails)
            asked(client, SMALL, "k-4")
        yield client


def _fails(*_: Any, **__: Any) -> None:
    raise SystemFailed("the disk is full", code="disk_full")


def test_decisions_are_counted_by_pack_name_and_status(busy: TestClient) -> None:
    found = scraped(busy)
    counted = {
        (sample.labels["pack"], sample.labels["decision"], sample.labels["status"]): sample.value
        for sample in found["remit_decisions_total"]
    }
    assert counted == {("desk", "desk.request", "executed"): 1, ("desk", "desk.request", "awaiting_review"): 1}


def test_requests_are_counted_by_the_template_of_their_route(busy: TestClient) -> None:
    found = scraped(busy)
    of_route = {"method": "POST", "route": "/v1/decisions"}
    statuses = {
        status: value(found, "remit_http_requests_total", **of_route, status=status)
        for status in ("200", "202", "403", "503")
    }
    assert statuses == dict.fromkeys(statuses, 1)
    assert value(found, "remit_http_request_seconds_count", **of_route) == 4
    assert value(found, "remit_http_requests_serving") == 1  # the scrape itself


def test_what_waits_and_how_far_the_ledger_is_is_gauged(busy: TestClient) -> None:
    found = scraped(busy)
    assert value(found, "remit_reviews_open", state="open") == 1
    assert value(found, "remit_ledger_events") > 5
    assert value(found, "remit_failures_total", code="disk_full") == 1
    assert value(found, "remit_database_up") == 1


def test_a_database_that_is_away_is_told_and_counts_are_still_shown(
    busy: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.api.metrics.gauges_of", _fails)
    found = scraped(busy)
    assert value(found, "remit_database_up") == 0
    assert value(found, "remit_decisions_total") == 2


def test_no_label_names_anybody_or_any_decision(busy: TestClient) -> None:
    text = busy.get("/metrics", headers=ADAM).text
    assert not re.search(r"\b[0-9A-HJKMNP-TV-Z]{26}\b|shop|adam|R-1", text)


@pytest.mark.parametrize("name", ["olaf", None])
def test_metrics_are_behind_a_door(busy: TestClient, name: str | None) -> None:
    anyone = TestClient(busy.app, headers={"Authorization": f"Bearer {name}"} if name else {})
    assert anyone.get("/metrics").status_code == (403 if name else 401)


def test_every_metric_that_an_alert_names_is_in_a_scrape(busy: TestClient) -> None:
    found = scraped(busy)
    missing = {alert: sorted(_named(rule["expr"]) - found.keys() - OF_PROMETHEUS) for alert, rule in RULES.items()}
    assert {alert: names for alert, names in missing.items() if names} == {}
    assert sum(len(_named(rule["expr"])) for rule in RULES.values()) >= len(RULES)


def test_every_label_that_an_alert_asks_for_is_there(busy: TestClient) -> None:
    found = scraped(busy)
    for alert, rule in RULES.items():
        for name, selector in re.findall(r"(remit_\w+)\{([^}]*)\}", rule["expr"]):
            labels = set(re.findall(r"(\w+)\s*[!=]", selector))
            assert labels <= set(found[name][0].labels), (alert, name)


def test_every_metric_is_explained(busy: TestClient) -> None:
    ours = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in scraped(busy) if name.startswith("remit_")}
    assert sorted(name for name in ours if f"`{name}`" not in OPERATE) == []


def _named(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:remit_\w+|up)\b", expression))
