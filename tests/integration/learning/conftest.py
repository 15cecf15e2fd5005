"""A bank that decides by a weak model, on the real credit data, and what it takes to learn a better one."""

from __future__ import annotations

import itertools
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from remit.adapters.embedding.model import MiniLmEmbedder
from remit.core.system import FixedClock, SeededRandom
from remit.core.words import Actor
from remit.learning.train import TrainedModel, TrainingRow, train
from remit.packs.admit import admit
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.packs.pack import card_name
from remit.packs.pins import with_model
from remit.service.learning.advance import advance_rollouts
from remit.service.learning.status import learning_status
from remit.service.record_outcome import Report, record_outcome
from remit.service.runs import stored_decision
from remit.service.tables import CaseFile
from remit.settings import Settings
from remit.wiring import Engine

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SHIPPED = Path(__file__).parents[3] / "examples" / "packs" / "credit"
DECISION = load_pack(read_folder(SHIPPED)).decisions["credit.application"]
FEATURES = DECISION.model_features
ANA, PIA = Actor("ana", roles=("analyst",)), Actor("pia", roles=("policy_author",))
HORIZON = timedelta(days=20)
PLAN = {"margin": 0.6, "pairs_min": 30, "turn_alpha": 0.01}
"""So wide that 32 cases say something: a test of the mechanics, not of the statistics."""

POLICY = """apiVersion: remit/v1
kind: PolicyContract
metadata: {name: credit-application, version: 1, owner: credit-risk}
decision: credit.application
default: escalate
on_error: escalate
rules:
  - id: too-much
    when: has(action.args.amount_cents) && action.args.amount_cents > 1500000
    effect: deny
    reason: Nobody grants more than 15,000.
  - id: routine
    when: 'true'
    effect: allow
    reason: It is only advice.
"""
REWARD = """      reward: >-
        action.name == 'decline' ? (outcome.repaid ? -1.0 : 1.0)
        : action.name == 'approve' ? (outcome.repaid ? 1.0 : -1.0) : 0.0
"""
"""Both mistakes cost the same, so that few cases tell models apart."""


@dataclass
class Bank:
    """The credit pack in the hands of a weak model, applicants from the real history, and what became of them."""

    engine: Engine
    pack: Path
    clock: FixedClock
    rows: Iterator[tuple[dict[str, Any], str]]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    first: str = ""
    challenger: str = ""

    def decide(self, count: int) -> list[tuple[str, str]]:
        """So many new applicants; gives their decisions, and what will become of each."""
        made = []
        for case, outcome in itertools.islice(self.rows, count):
            mine = {**case, "applicant_id": f"C-{next(self.numbers):06}"}
            result = self.engine.decide(str(self.pack), mine, ANA)
            self.clock.advance(timedelta(seconds=1))
            made.append((result["decision_id"], outcome))
        return made

    def learn_of(self, made: list[tuple[str, str]]) -> None:
        """The outcomes come in late and out of order; by then all of them are due."""
        self.clock.advance(HORIZON + timedelta(days=1))
        for decision_id, outcome in self.chance.sample(made, len(made)):
            report = Report("repaid", outcome == "true", self.clock.now() - timedelta(days=1))
            record_outcome(self.engine.services, decision_id, report, ANA)

    def show(self, made: list[tuple[str, str]], *, right: bool) -> None:
        """The outcomes come in, by which the model is always right, or always wrong."""
        found = []
        for decision_id, _ in made:
            judgement = stored_decision(self.engine.services, decision_id).judgement
            assert judgement is not None
            declined = judgement.proposal["action"]["name"] == "decline"
            found.append((decision_id, "true" if declined != right else "false"))
        self.learn_of(found)

    def look(self) -> dict[str, Any]:
        """A worker's look at the rollouts, and where it stands afterwards."""
        advance_rollouts(self.engine.services, self.clock.now())
        return self.status()["rollouts"][-1]  # type: ignore[no-any-return]

    def status(self) -> dict[str, Any]:
        return learning_status(self.engine.services, str(self.pack))

    def models_that_decided(self) -> set[str | None]:
        with self.engine.services.store.read() as unit:
            return {unit.decisions.get(each).versions.model_sha256 for each in unit.decisions.ids()}

    def events(self) -> list[str]:
        wanted = ("model.trained", "model.registered", "gate.", "rollout.", "drift.")
        with self.engine.ledger.snapshot() as seen:
            types = [orjson.loads(entry.body)["type"] for entry in seen.entries]
        return [kind for kind in types if kind.startswith(wanted)]


def history() -> tuple[list[TrainingRow], list[tuple[dict[str, Any], str]]]:
    file = CaseFile(SHIPPED / "history.csv", DECISION.contract.record)
    rows, cases = [], []
    for (_, raw), outcome in zip(file.cases(), file.outcomes("repaid"), strict=True):
        admission = admit(DECISION, raw)
        assert outcome is not None
        if admission.quality == "ok":
            features = DECISION.features_of(admission.case)
            rows.append(TrainingRow({name: features[name] for name in FEATURES}, outcome))
            cases.append((raw, outcome))
    return rows, cases


def trained(rows: list[TrainingRow]) -> TrainedModel:
    return train(rows, FEATURES, DECISION.outcome.values, DECISION.name)


def contrary(rows: list[TrainingRow]) -> list[TrainingRow]:
    return [TrainingRow(row.features, "false" if row.outcome == "true" else "true") for row in rows]


def card(model: TrainedModel) -> bytes:
    return orjson.dumps(model.card)


def opened(folder: Path, weak: TrainedModel) -> None:
    """The pack as the weak model's: advising, under a small contract, with outcomes that are due soon."""
    manifest = (folder / "pack.yaml").read_text("utf-8")
    manifest = manifest.replace("horizon_days: 365", f"horizon_days: {HORIZON.days}")
    manifest = manifest.replace("autonomy: act", "autonomy: advise")
    (folder / "pack.yaml").write_text(re.sub(r"      reward: >-\n(        .*\n)+", REWARD, manifest), "utf-8")
    (folder / "policy.yaml").write_text(POLICY, "utf-8")
    files = with_model(read_folder(folder), "credit.application", weak.sha256, weak.onnx, card(weak))
    pin = load_pack(files).decisions["credit.application"].model
    assert pin is not None
    for name in ("pack.yaml", pin.file, card_name(pin.file)):
        (folder / name).write_bytes(files.contents[name])


@pytest.fixture
def bank(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Bank]:
    rows, cases = history()
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "credit"))
    opened(folder, trained(contrary(rows[:300])))
    clock = FixedClock(NOW)
    models = Path(pytestconfig.cache.mkdir("models"))  # type: ignore[union-attr]
    engine = Engine(
        Settings(home=tmp_path / "home", packs=tmp_path),
        clock=clock,
        chance=SeededRandom(1),
        embedder=MiniLmEmbedder(models),
    )
    with engine:
        yield Bank(engine, folder, clock, itertools.cycle(cases[300:]))
