"""Check a pack: everything that can be known before it is used, and every problem at once."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from remit.agents.ports import Deps
from remit.agents.records import Run
from remit.agents.think import think
from remit.core.errors import NotFound, RemitError, SourceError, SystemFailed, Undecidable
from remit.core.problems import Problem, did_you_mean
from remit.core.source import read_yaml
from remit.core.words import Actor
from remit.packs.admit import CaseRejected, admit
from remit.packs.kpis import read_kpis
from remit.packs.pack import Decision, Pack
from remit.policies.check import report_on
from remit.retrieval.documents import Document, read_folder
from remit.retrieval.freshness import age_days, in_force
from remit.retrieval.search import Corpus
from remit.service.services import Services
from remit.service.tables import CaseFile

_EXPECTED = ("status", "effect", "action")
CHECKER = Actor("pack-check", "system", ("analyst",))


class TrialKnowledge(Protocol):
    """Makes a pack's documents searchable for a moment, without storing them."""

    def trial_corpus(self, pack: str, documents: Sequence[Document]) -> Corpus:
        """The documents as a corpus in memory."""
        ...


@dataclass(frozen=True, slots=True)
class PackReport:
    """What `remit pack check` found."""

    pack: str
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    documents: int = 0
    policy_tests: int = 0
    golden_cases: int = 0

    @property
    def ok(self) -> bool:
        return not self.problems

    def to_json(self) -> dict[str, Any]:
        return {
            "pack": self.pack,
            "ok": self.ok,
            "problems": [problem.to_json() for problem in self.problems],
            "warnings": [warning.to_json() for warning in self.warnings],
            "documents": self.documents,
            "policy_tests": self.policy_tests,
            "golden_cases": self.golden_cases,
        }


def check_pack(services: Services, knowledge: TrialKnowledge, pack_ref: str) -> PackReport:
    """Check a pack's files, documents, policy tests, model, connectors and golden cases.

    Raises:
        NotFound: there is no such pack.
    """
    folder = services.library.files(pack_ref).folder
    try:
        pack = services.drafted_pack(pack_ref)
    except SourceError as error:
        documents, problems = _documents(folder, pack_ref)
        return PackReport(pack_ref, (*error.problems, *problems), documents=len(documents))
    documents, problems = _documents(folder, pack.name)
    checker = _Checker(services, knowledge, pack, documents)
    problems = [*problems, *checker.find()]
    return PackReport(
        pack.name,
        tuple(problems),
        tuple(warning for decision in pack.decisions.values() for warning in decision.policy.warnings),
        len(documents),
        sum(len(decision.policy.tests) for decision in pack.decisions.values()),
        checker.golden_cases,
    )


def _documents(folder: Any, pack: str) -> tuple[tuple[Document, ...], list[Problem]]:
    try:
        return read_folder(folder / "knowledge", pack), []
    except SourceError as error:
        return (), list(error.problems)
    except RemitError as error:
        return (), [Problem(error.message, str(folder / "knowledge"), code="pack.knowledge", mend=error.mend or "")]


class _Checker:
    """What can be checked once the pack has loaded."""

    def __init__(
        self, services: Services, knowledge: TrialKnowledge, pack: Pack, documents: Sequence[Document]
    ) -> None:
        self.services = services
        self.knowledge = knowledge
        self.pack = pack
        self.documents = documents
        self.manifest = read_yaml(pack.files.text("pack.yaml") or "", pack.files.label("pack.yaml"))
        self.models_answer = True
        self.golden_cases = 0

    def find(self) -> Iterator[Problem]:
        for decision in self.pack.decisions.values():
            yield from self._policy_tests(decision)
            yield from self._needs(decision)
            yield from self._model(decision)
            yield from self._history(decision)
            yield from self._kpis(decision)
        yield from self._connectors()
        if self.documents and self.models_answer:
            yield from self._golden()

    def _policy_tests(self, decision: Decision) -> Iterator[Problem]:
        for number, test in enumerate(report_on(decision.policy).tests):
            if not test.passed:
                yield decision.policy.source.problem(
                    f"the test “{test.name}” fails: {test.why}", ("tests", number), code="policy.test"
                )

    def _needs(self, decision: Decision) -> Iterator[Problem]:
        """Each need has documents that could meet it today; else every case would escalate."""
        now = self.services.clock.now()
        for index, need in enumerate(decision.needs):
            usable = [
                document
                for document in self.documents
                if in_force(document.valid_from, document.valid_to, now)
                and (not need.trusted or document.trust == "trusted")
                and (need.max_age_days is None or age_days(document.valid_from, now) <= need.max_age_days)
                and self.pack.audiences & set(document.audience)
            ]
            if len(usable) < need.min_sources:
                yield self._problem(
                    f"the need `{need.need}` wants {need.min_sources} documents, but {len(usable)} could ever meet it",
                    *self._path(decision, "evidence", index),
                    mend="add or renew documents, or lower what the need asks for",
                )

    def _model(self, decision: Decision) -> Iterator[Problem]:
        if decision.strategy == "model" and decision.model is None:
            yield self._problem(
                f"`{decision.name}` proposes by model, but names none",
                *self._path(decision, "proposer", "strategy"),
                mend=f"run `remit learn train {self.pack.name}`",
            )
        try:
            self.services.parts.model(self.pack, decision)
        except SystemFailed as error:
            self.models_answer = False
            yield self._problem(
                error.message, *self._path(decision, "proposer", "model", "sha256"), mend=error.mend or ""
            )

    def _history(self, decision: Decision) -> Iterator[Problem]:
        folder = self.pack.files.folder
        if folder is None or not (folder / "history.csv").exists():
            return
        try:
            history = CaseFile(folder / "history.csv", decision.contract.record)
            columns = {name for _, raw in history.cases() for name in raw}
        except RemitError as error:
            yield Problem(error.message, str(folder / "history.csv"), code="pack.history")
            return
        for column in sorted(columns - set(decision.contract.record.names)):
            yield Problem(
                f"the column `{column}` is no field of the case",
                str(folder / "history.csv"),
                1,
                1,
                code="pack.history",
                mend=did_you_mean(column, decision.contract.record.names),
            )

    def _kpis(self, decision: Decision) -> Iterator[Problem]:
        """A figure that is declared and that nothing computes would be taken for one that is watched."""
        yield from read_kpis(self.manifest, list(self.pack.decisions).index(decision.name), decision)[1]

    def _connectors(self) -> Iterator[Problem]:
        try:
            self.services.parts.connectors(self.pack).load()
        except SystemFailed as error:
            yield Problem(error.message, self.pack.files.label("connectors.py"), code="pack.connectors")

    def _golden(self) -> Iterator[Problem]:
        folder = self.pack.files.folder
        path = folder / "golden.jsonl" if folder else None
        if path is None or not path.exists():
            yield self._problem(
                "the pack has no golden cases", mend="write golden.jsonl: cases that must come out right"
            )
            return
        corpus = self.knowledge.trial_corpus(self.pack.name, self.documents)
        for number, line in enumerate(path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines(), start=1):
            if not line.strip():
                continue
            self.golden_cases += 1
            wrong = self._golden_case(line, corpus)
            if wrong:
                yield Problem(wrong, str(path), number, 1, code="pack.golden")

    def _golden_case(self, line: bytes, corpus: Corpus) -> str:
        """What is wrong with one golden case, in words; empty when it comes out as expected."""
        try:
            golden = orjson.loads(line)
            name, case, expect = golden["name"], golden["case"], dict(golden["expect"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return f"not a golden case (name, case, expect): {error!r}"
        if not expect or not set(expect) <= set(_EXPECTED):
            return f"the golden case “{name}” has to expect one of {', '.join(_EXPECTED)}, and nothing else"
        try:
            got = self._outcome(case, golden.get("decision"), corpus)
        except Undecidable as error:
            got = {"status": f"failed ({error.message})"}
        differing = [f"{key} is {got.get(key)}, not {expect[key]}" for key in expect if got.get(key) != expect[key]]
        return f"the golden case “{name}” comes out otherwise: {'; '.join(differing)}" if differing else ""

    def _outcome(self, case: Any, decision_name: str | None, corpus: Corpus) -> dict[str, Any]:
        """Status, effect and action as they would be; nothing is stored or done."""
        try:
            decision = self.services.decision(self.pack, decision_name)
            admission = admit(decision, case)
        except CaseRejected:
            return {"status": "invalid"}
        except NotFound as error:
            return {"status": error.message}
        if admission.quality == "quarantined":
            return {"status": "quarantined"}
        run = Run(
            decision_id=self.services.ids.new(),
            decision=decision.name,
            case=admission.case,
            case_quality=admission.quality,
            violations=(),
            subject="",
            actor=CHECKER,
            at=self.services.clock.now(),
            salt="",
        )
        deps: Deps = self.services.trial_deps(run, self.pack, decision, corpus)
        judgement = think(deps, run.at.isoformat())
        effect, action = judgement.verdict["effect"], judgement.proposal["action"]["name"]
        acts = decision.autonomy in ("act", "approve_all") and decision.actions[action].connector is not None
        status = {"allow": "executed" if acts else "advised", "escalate": "awaiting_review", "deny": "denied"}[effect]
        return {"status": status, "effect": effect, "action": action}

    def _path(self, decision: Decision, *path: str | int) -> tuple[str | int, ...]:
        return ("decisions", list(self.pack.decisions).index(decision.name), *path)

    def _problem(self, message: str, *path: str | int, mend: str = "") -> Problem:
        return self.manifest.problem(message, path, code="pack", mend=mend)
