"""compose.yaml, the Dockerfile and the topology that the tests start say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
from tests.integration.topology.services import ROOT, Service, compose, services
from tests.integration.topology.topology import Topology

from remit.cli.main import app
from remit.settings import Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
STAGES = DOCKERFILE.split("\nFROM ")[1:]
SECRET = re.compile(r"(?i)(password|secret|token|key)\s*[=:]\s*(?!\"?\$\{)[\"']?[A-Za-z0-9+/]{8,}")


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_a_service_runs_a_verb_that_there_is_with_options_that_it_has(service: Service) -> None:
    verb, *words = service.command
    command: Any = typer.main.get_command(app)
    known = {option for parameter in command.commands[verb].params for option in parameter.opts}
    assert [word for word in words if word.startswith("--") and word not in known] == []


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
def test_a_service_is_given_settings_that_there_are(service: Service) -> None:
    known = {f"REMIT_{name.upper()}" for name in Settings.model_fields}
    assert set(service.settings) <= known


def test_there_are_two_replicas_and_a_worker_that_does_their_queued_work() -> None:
    named = {service.name: service for service in services()}
    assert [name for name, service in named.items() if service.serves] == ["replica-1", "replica-2"]
    assert all("--no-work" in service.command for service in named.values() if service.serves)
    assert named["worker"].command == ("worker",)


def test_the_processes_of_the_tests_are_those_of_the_compose_file(tmp_path: Path) -> None:
    topology = Topology(tmp_path / "all", "postgresql+psycopg://here/remit")
    assert set(topology.services) == {name for name, said in compose()["services"].items() if "remit" in said["image"]}
    for service in topology.services.values():
        loose = {"127.0.0.1", "0.0.0.0", "8000", str(topology.ports.get(service.name))}
        words, settings = topology.words(service), topology.settings_of(service)
        assert [word for word in words if word not in loose] == [word for word in service.command if word not in loose]
        own = {"REMIT_DATABASE_URL", "REMIT_HOME", "REMIT_TRUSTED_PROXIES"}
        assert {name: value for name, value in settings.items() if name not in own} == {
            name: value for name, value in service.settings.items() if name not in own
        }


def test_the_proxy_leads_to_every_replica() -> None:
    config = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    assert set(re.findall(r"server ([\w-]+):8000", config)) == {each.name for each in services() if each.serves}
    assert "non_idempotent" not in config


def test_a_replica_has_longer_to_stop_than_it_takes_to_drain() -> None:
    said = compose()["x-remit"]
    notice, drain = (int(said["environment"][name]) for name in ("REMIT_DRAIN_NOTICE_SECONDS", "REMIT_DRAIN_SECONDS"))
    assert int(said["stop_grace_period"].removesuffix("s")) > notice + drain


def test_only_the_proxy_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: said["ports"] for name, said in compose()["services"].items() if "ports" in said}
    assert published == {"proxy": ["127.0.0.1:8000:8080"]}


def test_every_image_has_a_version() -> None:
    images = [said["image"] for said in compose()["services"].values()] + [stage.split()[0] for stage in STAGES]
    assert [image for image in images if not re.search(r":\d", image) or "latest" in image] == []


def test_no_secret_is_written_down() -> None:
    files = ("Dockerfile", "compose.yaml", "deploy/nginx.conf", ".dockerignore")
    assert [name for name in files if SECRET.search((ROOT / name).read_text("utf-8"))] == []


def test_the_image_is_pinned_runs_as_nobody_special_and_installs_nothing_in_its_last_stage() -> None:
    last = STAGES[-1]
    assert "PIP_CONSTRAINT=/src/constraints.txt" in DOCKERFILE
    assert re.search(r"^USER remit$", last, re.MULTILINE)
    assert not re.search(r"\b(pip|apt|apt-get|curl|wget|gcc|make) ", last)
    assert "/readyz" in last.partition("HEALTHCHECK")[2]


def test_nothing_gets_into_the_image_that_is_not_named() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").split()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word.split("/")[0] for line in STAGES[0].splitlines() if line.startswith("COPY") for word in line.split()[1:-1]
    }
    assert copied == allowed
    assert "*" in lines
