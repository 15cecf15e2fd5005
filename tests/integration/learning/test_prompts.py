"""A prompt version competes like a trained model: made of what was decided, tried, gated, rolled out, taken back."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.language_models import Breaks, Told, answered, is_at, served
from tests.integration.learning.conftest import NOW, PIA, PLAN, SHIPPED, Bank, contrary, history, opened
from tests.integration.learning.conftest import trained as weak_model
from tests.integration.learning.test_rollouts import moved

from remit.adapters.embedding.model import MiniLmEmbedder
from remit.agents.brains.heeding import not_heeded
from remit.core.errors import InputError, Refused, SystemFailed
from remit.core.system import FixedClock, SeededRandom
from remit.core.words import Actor
from remit.learning.prompt import read_prompt
from remit.service.learning.gate import run_gate
from remit.service.learning.register import register_candidate
from remit.service.learning.rollout import roll_back, start_rollout
from remit.service.learning.take_snapshot import files_of, take_snapshot
from remit.service.learning.teach import write_examples
from remit.service.learning.train_prompt import train_prompt
from remit.service.runs import stored_decision
from remit.settings import Settings
from remit.wiring import Engine

LLM = "openai:tiny"


@dataclass
class Mouth:
    """What the model says from now on."""

    action: Any = "decline"
    told: Told = field(default_factory=Told)

    def says(self, system: str, user: str) -> Any:
        return self.action if isinstance(self.action, Breaks) else answered(self.action, user)


@dataclass(frozen=True)
class School:
    """Folders to copy, the time by then, and what all tests share."""

    folder: Path
    now: datetime
    embedder: Any
    cases: list[Any]
    first: str


@pytest.fixture
def mouth(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mouth]:
    mouth = Mouth()
    with served(mouth.says, mouth.told) as url:
        is_at(url, monkeypatch)
        yield mouth


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> School:
    """A bank that has made ten decisions and heard what became of them, closed; and what they taught."""
    rows, cases = history()
    folder = tmp_path_factory.mktemp("school")
    pack = Path(shutil.copytree(SHIPPED, folder / "credit"))
    opened(pack, weak_model(contrary(rows[:300])))
    embedder = MiniLmEmbedder(Path(pytestconfig.cache.mkdir("models")))  # type: ignore[union-attr]
    clock = FixedClock(NOW)
    with Engine(Settings(home=folder / "home"), clock=clock, chance=SeededRandom(1), embedder=embedder) as engine:
        bank = Bank(engine, pack, clock, itertools.cycle(cases[300:]))
        bank.learn_of(bank.decide(10))
        write_examples(engine.services, str(pack), folder / "lessons", PIA)
        return School(folder, clock.now(), embedder, cases[310:], bank.status()["deciding"])


@pytest.fixture
def bank(school: School, mouth: Mouth, tmp_path: Path) -> Iterator[Bank]:
    """That bank, opened again; a language model is set from now on."""
    shutil.copytree(school.folder, tmp_path, dirs_exist_ok=True)
    clock = FixedClock(school.now)
    settings = Settings(home=tmp_path / "home", llm=LLM)
    with Engine(settings, clock=clock, chance=SeededRandom(2), embedder=school.embedder) as engine:
        numbers = itertools.count(11)
        yield Bank(engine, tmp_path / "credit", clock, itertools.cycle(school.cases), numbers, first=school.first)


@pytest.fixture
def taught(bank: Bank) -> Path:
    return bank.pack.parent / "lessons"


def trained(bank: Bank, folder: Path, **more: Any) -> dict[str, Any]:
    made = train_prompt(bank.engine.services, str(bank.pack), folder, PIA, **{"llm": LLM, **more})
    bank.challenger = made["sha256"]
    return made


def live(bank: Bank, folder: Path) -> None:
    trained(bank, folder)
    start_rollout(bank.engine.services, str(bank.pack), bank.challenger, PIA, "to try", plan=PLAN, despite_gate=True)
    moved(bank, "live")


def judged(bank: Bank, count: int = 1) -> list[Any]:
    return [stored_decision(bank.engine.services, each).judgement for each, _ in bank.decide(count)]


def test_it_is_tried_by_cases_that_it_was_not_shown_and_registered(bank: Bank, taught: Path, mouth: Mouth) -> None:
    made = trained(bank, taught)
    counts = json.loads((taught / "manifest.json").read_bytes())["counts"]
    trial = made["card"]["trial"]
    assert (made["state"], made["card"]["examples"]) == ("registered", counts["examples"])
    assert (trial["regressions"], sum(trial["answers"].values())) == (counts["regressions"], len(mouth.told.asked))
    assert bank.events()[-1] == "model.registered"


def test_its_artefact_names_all_that_it_is_and_nobody(bank: Bank, taught: Path) -> None:
    made = trained(bank, taught)
    version = read_prompt(bank.engine.services.models.artefact(made["sha256"])[0])
    manifest = json.loads((taught / "manifest.json").read_bytes())
    assert (version.sha256, version.model, version.base) == (made["sha256"], LLM, bank.first)
    assert version.examples_sha256 == manifest["files"]["examples.jsonl"]
    assert b"decision_id" not in version.data
    assert b"C-0000" not in version.data


@pytest.mark.soak
def test_another_word_is_another_version_and_the_same_words_are_the_same(bank: Bank, taught: Path) -> None:
    first, again = trained(bank, taught), trained(bank, taught)
    other = trained(bank, taught, template="Choose wisely among\n$actions")
    assert (first["sha256"], first["new"], again["new"]) == (again["sha256"], True, False)
    assert other["sha256"] != first["sha256"]


def test_when_it_is_live_the_record_names_it_and_a_replay_asks_nobody(bank: Bank, taught: Path, mouth: Mouth) -> None:
    live(bank, taught)
    (judgement,) = judged(bank)
    assert judgement.versions["model_sha256"] == bank.challenger
    assert judgement.proposal["proposer"] == f"llm:{bank.challenger[:12]}"
    assert {each["version"] for each in judgement.tape} == {bank.challenger}
    asked = len(mouth.told.asked)
    mouth.action = Breaks()
    assert all(replayed.same for replayed in bank.engine.replay_all())
    assert len(mouth.told.asked) == asked


@pytest.mark.soak
def test_a_forged_answer_on_the_tape_is_found_out(bank: Bank, taught: Path) -> None:
    live(bank, taught)
    ((decision_id, _),) = bank.decide(1)
    services = bank.engine.services
    before = stored_decision(services, decision_id).judgement
    assert before is not None
    call = {**before.tape[0], "prompt_sha256": "0" * 64}
    with services.store.write() as unit:
        unit.decisions.judge(decision_id, replace(before, tape=[call, *before.tape[1:]]), None)
    assert bank.engine.replay(decision_id).differs == ("tape",)


def test_in_the_shadow_it_is_compared_and_its_calls_are_on_the_tape_too(bank: Bank, taught: Path) -> None:
    trained(bank, taught)
    start_rollout(bank.engine.services, str(bank.pack), bank.challenger, PIA, "to try", plan=PLAN, despite_gate=True)
    (judgement,) = judged(bank)
    assert judgement.versions["model_sha256"] == bank.first
    assert {each["version"] for each in judgement.tape} == {bank.challenger}
    with bank.engine.services.store.read() as unit:
        rollout = unit.models.running()[0]
        (seen,) = unit.models.comparisons(rollout.id, 0, rollout.started_at)
    assert (seen.challenger, seen.failed) == ("decline", None)
    assert all(replayed.same for replayed in bank.engine.replay_all())


def test_a_model_that_fails_decides_nothing_and_goes_back(bank: Bank, taught: Path, mouth: Mouth) -> None:
    trained(bank, taught)
    start_rollout(bank.engine.services, str(bank.pack), bank.challenger, PIA, "to try", plan=PLAN, despite_gate=True)
    mouth.action = Breaks()
    bank.decide(12)
    assert bank.look()["state"] == "rolled_back"


def test_what_nobody_permitted_goes_to_a_person(bank: Bank, taught: Path, mouth: Mouth) -> None:
    live(bank, taught)
    mouth.action = "pay_me"
    (judgement,) = judged(bank)
    assert not_heeded(judgement.proposal) == "unpermitted"
    assert (judgement.verdict["effect"], judgement.verdict["findings"][0]["rule"]) == ("escalate", "language_model")


def test_where_the_language_model_is_not_set_any_more_the_trained_one_proposes(bank: Bank, taught: Path) -> None:
    live(bank, taught)
    bank.engine.settings = bank.engine.settings.model_copy(update={"llm": None})
    bank.engine.services._brains.clear()
    (judgement,) = judged(bank)
    assert not_heeded(judgement.proposal) == "not_set"
    assert judgement.proposal["proposer"] == f"model:{bank.first[:12]}"
    assert judgement.verdict["effect"] == "allow"


def test_the_gate_asks_about_each_decision_once_and_keeps_what_was_said(bank: Bank, taught: Path, mouth: Mouth) -> None:
    trained(bank, taught)
    bank.learn_of(bank.decide(6))
    before = len(mouth.told.asked)
    first = run_gate(bank.engine.services, str(bank.pack), bank.challenger, PIA)
    mouth.action = "approve"
    again = run_gate(bank.engine.services, str(bank.pack), bank.challenger, PIA)
    assert (first["word"], first["report"]["asked"], again["report"]["asked"]) == ("hold", 6, 0)
    assert len(mouth.told.asked) == before + 6
    assert again["report"]["numbers"] == first["report"]["numbers"]


@pytest.mark.soak
def test_where_nobody_answers_the_gate_says_nothing(bank: Bank, taught: Path, mouth: Mouth) -> None:
    trained(bank, taught)
    bank.learn_of(bank.decide(2))
    mouth.action = Breaks()
    with pytest.raises(SystemFailed):
        run_gate(bank.engine.services, str(bank.pack), bank.challenger, PIA)
    mouth.action = "decline"
    assert run_gate(bank.engine.services, str(bank.pack), bank.challenger, PIA)["report"]["asked"] == 2


def test_what_was_said_of_somebody_goes_with_them(bank: Bank, taught: Path) -> None:
    trained(bank, taught)
    ((decision_id, outcome),) = bank.decide(1)
    bank.learn_of([(decision_id, outcome)])
    run_gate(bank.engine.services, str(bank.pack), bank.challenger, PIA)
    subject = stored_decision(bank.engine.services, decision_id).run.subject
    with bank.engine.services.store.read() as unit:
        assert unit.trials.of(bank.challenger, [decision_id])
    bank.engine.safekeeping.erase(subject, "They asked for it.", Actor("otto", roles=("privacy",)))
    with bank.engine.services.store.read() as unit:
        assert not unit.trials.of(bank.challenger, [decision_id])


@pytest.mark.soak
def test_it_is_taken_back_by_a_pointer(bank: Bank, taught: Path) -> None:
    live(bank, taught)
    roll_back(bank.engine.services, str(bank.pack), PIA, "I changed my mind")
    assert judged(bank)[0].versions["model_sha256"] == bank.first


def test_its_rows_can_be_learnt_from(bank: Bank, taught: Path) -> None:
    live(bank, taught)
    bank.learn_of(bank.decide(3))
    made, _ = take_snapshot(bank.engine.services, str(bank.pack), PIA)
    rows = [row for some in files_of(bank.engine.services).rows(made.sha256) for row in some]
    assert {row["quarantine"] for row in rows} == {None}


REFUSED: list[tuple[Actor, str | None, str | None, type[Exception]]] = [
    (Actor("kim", roles=("analyst",)), LLM, None, Refused),
    (Actor("ada", roles=("policy_author", "admin")), LLM, None, Refused),
    (PIA, None, None, InputError),
    (PIA, "openai:other", None, InputError),
    (PIA, LLM, "Show me $case among $actions", InputError),
    (PIA, LLM, "Do what you want.", InputError),
]


def test_who_may_not_and_what_is_none_is_refused_before_anybody_is_asked(
    bank: Bank, taught: Path, mouth: Mouth
) -> None:
    for who, llm, template, error in REFUSED:
        with pytest.raises(error):
            train_prompt(bank.engine.services, str(bank.pack), taught, who, llm=llm, template=template)
    assert mouth.told.asked == []


@pytest.mark.soak
def test_what_was_made_elsewhere_is_registered_like_a_trained_model_if_it_stands_on_the_same(
    bank: Bank, taught: Path
) -> None:
    made = trained(bank, taught)
    services, pack = bank.engine.services, str(bank.pack)
    data, card = services.models.artefact(made["sha256"])
    assert register_candidate(services, pack, data, card, PIA)["sha256"] == made["sha256"]
    other = replace(read_prompt(data), base="0" * 64)
    said = json.dumps({**json.loads(card), "sha256": other.sha256}).encode()
    with pytest.raises(InputError, match="another pack, decision or model"):
        register_candidate(services, pack, other.data, said, PIA)


def test_a_model_that_answers_nothing_is_no_candidate(bank: Bank, taught: Path, mouth: Mouth) -> None:
    mouth.action = Breaks()
    with pytest.raises(SystemFailed):
        trained(bank, taught)
