"""An export, opened: the services over what was carried away, to think its decisions again. Nothing can be decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import orjson

from remit.adapters.memory.decisions import MemoryDecisions
from remit.adapters.memory.fences import MemoryFences
from remit.adapters.memory.knowledge import MemoryKnowledgeStore
from remit.adapters.memory.ledger import MemoryCheckpoint, MemoryLedger
from remit.adapters.memory.store import MemoryPackVersions, MemoryStore
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.adapters.onnx_model import model_of
from remit.agents.ports import ConnectorAnswer
from remit.agents.records import Judgement, Obligation, PlannedEffect, Run, Versions
from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted, InputError, NotFound, SystemFailed
from remit.core.system import SystemClock, SystemRandom, UlidIds
from remit.core.words import Actor
from remit.learning.ports import OutcomeModel
from remit.ledger.export import exported_entries
from remit.ledger.note import Signer
from remit.ledger.verifier import Tampered, Unusable, verify_export
from remit.packs.files import PackFiles
from remit.packs.pack import Decision, Pack
from remit.retrieval.chunking import Chunk
from remit.retrieval.documents import Document
from remit.retrieval.ports import Additions, Member, Snapshot, Vectors
from remit.retrieval.search import Corpus, load_corpus
from remit.service.export_replay import (
    CASES,
    EVENTS,
    FOLDER,
    FORMAT,
    KNOWLEDGE,
    MANIFEST,
    PACKS,
    QUERIES,
    text_vector,
)
from remit.service.replay import Replayed, replay, replay_all
from remit.service.services import Services
from remit.service.verify_records import PARTS, Differing, compare, recorded

CHECKPOINT, PUBLIC_KEY = "checkpoint", "ledger.pub"
MEND = "make the export anew, where the ledger is: `remit ledger export --out FOLDER --with-cases`"


@dataclass(frozen=True)
class Export:
    """What was carried away. `left_out` names decisions that the export does not hold, each with the reason;
    `differing` those that are not what the signed ledger says of them.
    """

    services: Services
    left_out: Mapping[str, str]
    differing: tuple[Differing, ...]

    def replay(self, decision_id: str) -> Replayed:
        """Think one decision again; see `remit.service.replay.replay`. Raises NotFound."""
        if decision_id in self.left_out:
            raise NotFound(f"decision {decision_id} is not in this export: {self.left_out[decision_id]}", mend=MEND)
        return self._differing().get(decision_id) or replay(self.services, decision_id)

    def replay_all(self, **which: Any) -> Iterator[Replayed]:
        """Think the decisions again; see `remit.service.replay.replay_all`. What the ledger belies comes out first."""
        differing = self._differing()
        yield from differing.values()
        yield from (each for each in replay_all(self.services, **which) if each.decision_id not in differing)

    def _differing(self) -> dict[str, Replayed]:
        return {
            each.decision_id: Replayed(
                each.decision_id, False, ("record",), note=f"its {each.what} is not the one in the signed ledger"
            )
            for each in self.differing
        }


def open_export(folder: Path, key: Path | None = None) -> Export:
    """Open what `remit ledger export --with-cases` wrote, once its ledger and its files are verified.

    Args:
        key: the ledger's public key, as it was kept elsewhere; None takes the word of the one in the export.

    Raises:
        NotFound: the folder holds nothing to replay.
        InputError: the export was made without the cases, or by another Remit in another form.
        Corrupted: the ledger is not what was signed, or a file is not what was exported.
        SystemFailed: a file cannot be read.
    """
    try:
        manifest = _manifest(folder)
        told = recorded(exported_entries(_verified_lines(folder, key or folder / PUBLIC_KEY)))
        services = _services(folder / FOLDER, manifest["embedder"])
    except OSError as error:
        raise SystemFailed(f"the export in {folder} cannot be read: {error}", mend=MEND) from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Corrupted(f"the export in {folder} is not what was written: {error!r}", mend=MEND) from error
    left_out = manifest["left_out"]
    here = {name: _of_the_record(facts) for name, facts in told.items() if name not in left_out}
    _, differing = compare(services, here)
    return Export(services, left_out, tuple(differing))


def _of_the_record(facts: Mapping[str, str]) -> dict[str, str]:
    """What an export can be held against: votes and effects are not in it."""
    return {part: said for part, said in facts.items() if part in PARTS}


def _manifest(folder: Path) -> dict[str, Any]:
    place = folder / FOLDER
    if not (place / MANIFEST).is_file():
        raise NotFound(f"{folder} holds nothing that can be replayed", mend=MEND)
    manifest: dict[str, Any] = orjson.loads((place / MANIFEST).read_bytes())
    if manifest["format"] != FORMAT:
        raise InputError(f"the export is of format {manifest['format']}; this Remit reads {FORMAT}", mend=MEND)
    if not manifest["with_cases"]:
        raise InputError("this export was made without the cases: there is nothing to think again", mend=MEND)
    for name, sha256 in manifest["files"].items():
        if sha256_hex((place / name).read_bytes()) != sha256:
            raise Corrupted(f"{place / name} is not what was exported", mend=MEND)
    return manifest


def _verified_lines(folder: Path, key: Path) -> list[str]:
    """The exported events, when they are those that were signed."""
    with (folder / EVENTS).open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        lines = list(file)
    try:
        verify_export(lines, (folder / CHECKPOINT).read_text("utf-8"), key.read_text("utf-8"))
    except (Tampered, Unusable) as error:
        raise Corrupted(f"the exported ledger is not what was signed: {error}", mend=MEND) from error
    return lines


def _services(place: Path, embedder: Mapping[str, Any]) -> Services:
    clock, chance = SystemClock(), SystemRandom()
    ids = UlidIds(clock, chance)
    # The store wants a ledger of its own, to which nothing is ever appended: the exported one stays as it was signed.
    ledger = MemoryLedger(Signer("remit/export", chance.token(32)), MemoryCheckpoint(), clock, ids)
    store, packs, knowledge = MemoryStore(ledger), MemoryPackVersions(), MemoryKnowledgeStore()
    for path in sorted((place / PACKS).glob("*.zip")):
        packs.keep(path.stem, "", "", None, path.read_bytes())
    _fill_knowledge(knowledge, _lines(place / KNOWLEDGE), embedder["fingerprint"])
    with store.write() as unit:
        for case in _lines(place / CASES):
            _fill_decision(unit.decisions, case)
    asked = {query["text"]: text_vector(query["vector"]) for query in _lines(place / QUERIES)}
    return Services(
        store=store,
        library=_NoLibrary(),
        pack_versions=packs,
        parts=_ExportedParts(knowledge, _Asked(embedder["fingerprint"], embedder["dimensions"], asked)),
        fences=MemoryFences(),
        graph=_nothing_runs,
        paused=_nothing_runs,
        clock=clock,
        ids=ids,
        chance=chance,
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from map(orjson.loads, file)


def _fill_decision(decisions: MemoryDecisions, case: dict[str, Any]) -> None:
    versions = Versions(**case["versions"])
    run = Run(
        decision_id=case["decision_id"],
        decision=case["decision"],
        case=case["case"],
        case_quality=case["case_quality"],
        violations=tuple(case["violations"]),
        subject=case["subject"],
        actor=Actor.from_json(case["actor"]),
        at=datetime.fromisoformat(case["at"]),
        salt=case["salt"],
    )
    decisions.receive(run, versions)
    if case["judgement"] is not None:
        decisions.judge(run.decision_id, Judgement(**case["judgement"]), None)
    decisions.move(run.decision_id, ("received",), case["stage"])


def _fill_knowledge(store: MemoryKnowledgeStore, lines: Iterator[dict[str, Any]], fingerprint: str) -> None:
    """Put all that is there into the store, with the first snapshot; the others only name what they hold."""
    kinds: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("snapshot", "document", "erased", "chunk", "vector")
    }
    for line in lines:
        kinds[line.pop("kind")].append(line)
    documents = tuple(_document(line) for line in kinds["document"])
    chunks = tuple(Chunk(**{**line, "headings": tuple(line["headings"])}) for line in kinds["chunk"])
    vectors = {line["sha256"]: text_vector(line["vector"]) for line in kinds["vector"]}
    for snapshot in map(_snapshot, kinds["snapshot"]):
        before = store.latest(snapshot.pack)
        parent = before.sha256 if before else None
        store.add(Additions(snapshot, parent, documents, chunks, fingerprint, vectors))
        documents, chunks, vectors = (), (), {}
    store.erased_elsewhere((line["doc_id"], line["revision"]) for line in kinds["erased"])


def _document(line: dict[str, Any]) -> Document:
    days = {name: line[name] and date.fromisoformat(line[name]) for name in ("valid_from", "valid_to")}
    return Document(**{**line, **days, "audience": tuple(line["audience"]), "subjects": ()})


def _snapshot(line: dict[str, Any]) -> Snapshot:
    members = tuple(Member(**member) for member in line["members"])
    return Snapshot(line["sha256"], line["pack"], datetime.fromisoformat(line["created_at"]), members)


class _Asked:
    """An embedder that knows the questions which were asked, and no other."""

    def __init__(self, fingerprint: str, dimensions: int, asked: Mapping[str, Vectors]) -> None:
        self.fingerprint = fingerprint
        self.dimensions = dimensions
        self._asked = asked

    def embed(self, texts: Sequence[str]) -> Vectors:
        unknown = [text for text in texts if text not in self._asked]
        if unknown:
            raise SystemFailed("the export has no vector of a question that is asked now", code="question_unknown")
        return np.stack([self._asked[text] for text in texts])


class _ExportedParts:
    """The parts of the packs in an export. Their connectors act on nothing."""

    def __init__(self, knowledge: MemoryKnowledgeStore, embedder: _Asked) -> None:
        self._knowledge = knowledge
        self._embedder = embedder
        self._corpora: dict[tuple[str, str | None], Corpus] = {}

    def model(self, pack: Pack, decision: Decision) -> OutcomeModel | None:
        return model_of(pack, decision)

    def language_model(self, name: str) -> None:
        """A replay reads the tape."""

    def connectors(self, pack: Pack) -> _NoConnectors:
        return _NoConnectors()

    def corpus(self, pack: str, snapshot: str | None = None) -> Corpus:
        if (pack, snapshot) not in self._corpora:
            self._corpora[pack, snapshot] = load_corpus(
                pack, store=self._knowledge, index=MemoryVectorIndex(), embedder=self._embedder, snapshot=snapshot
            )
        return self._corpora[pack, snapshot]


class _NoConnectors:
    """What stands where a run that is only thought through has its connectors."""

    def call(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer:
        return ConnectorAnswer("failed", error="an export acts on nothing")

    def lookup(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer | None:
        return None

    def repeatable(self, effect: PlannedEffect) -> bool:
        return False

    def compensation(self, effect: PlannedEffect) -> str | None:
        return None

    def oblige(self, obligation: Obligation, action: Mapping[str, Any], case: Mapping[str, Any]) -> ConnectorAnswer:
        return ConnectorAnswer("failed", error="an export acts on nothing")

    def load(self) -> None:
        """There is nothing to load."""


class _NoLibrary:
    """An export has the pack versions that decided, and no pack to decide with."""

    def files(self, ref: str) -> PackFiles:
        raise NotFound(f"an export has no pack `{ref}` to decide with")

    def names(self) -> list[str]:
        return []


def _nothing_runs() -> NoReturn:
    raise SystemFailed("nothing runs in an export: it is only thought again")
