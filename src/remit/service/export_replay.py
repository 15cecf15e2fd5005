"""What replay needs, written beside an exported ledger: packs, documents and, if asked for, the cases.

    replay/manifest.json     what is here, and the SHA-256 of every other file; it is written last
    replay/packs/SHA256.zip  the deciding files of each pack version
    replay/knowledge.jsonl   the snapshots, and their documents and passages, with their vectors if there are cases
    replay/cases.jsonl       cases and judgements, each bound to the ledger by its digests    (only with cases)
    replay/queries.jsonl     the vectors of the questions that were asked of the documents    (only with cases)

Cases, judgements and questions are about people, so they are only there when somebody asked for them. With them nothing
else is needed: neither the database, nor the packs' folders, nor the embedding model.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson

from remit.agents.records import StoredDecision
from remit.core.canonical import sha256_hex
from remit.core.errors import InputError, NotFound, RemitError, SystemFailed
from remit.core.words import Actor
from remit.learning.ports import OutcomeModel
from remit.ledger.export import exported_entries
from remit.packs.pack import Decision, Pack
from remit.retrieval.ports import Embedder, KnowledgeStore, Snapshot, VectorIndex, Vectors
from remit.retrieval.search import Corpus, load_corpus
from remit.service.duties import must_not_be_admin
from remit.service.ports import LoadableConnectors, Parts
from remit.service.replay import replay
from remit.service.services import Services
from remit.service.verify_records import differing_parts, recorded

FORMAT = 1
EVENTS = "events.jsonl"
FOLDER, MANIFEST, PACKS = "replay", "manifest.json", "packs"
KNOWLEDGE, CASES, QUERIES = "knowledge.jsonl", "cases.jsonl", "queries.jsonl"


class Sources(Protocol):
    """What the export reads besides the store."""

    @property
    def knowledge_store(self) -> KnowledgeStore: ...

    @property
    def embedder(self) -> Embedder: ...

    def trial_index(self) -> VectorIndex:
        """An index for the moment, which is stored nowhere."""
        ...


def record_export(services: Services, actor: Actor) -> None:
    """Say in the ledger that the cases leave this place, and who takes them. Without that they do not."""
    must_not_be_admin(actor, "take cases along")
    with services.store.write() as unit:
        unit.journal.append("ledger.exported", actor=actor, body={"with_cases": True})


def export_replay(services: Services, sources: Sources, folder: Path, *, with_cases: bool) -> dict[str, Any]:
    """Write what replay needs beside the ledger that was exported into a folder, in place of what was there.

    A decision that has moved on since the ledger was exported is left out, and named.

    Raises:
        InputError: the place for it holds something that no export wrote.
        SystemFailed: the folder cannot be written.
    """
    place = folder / FOLDER
    try:
        _make_room(place)
        with (folder / EVENTS).open(encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            told = recorded(exported_entries(lines))
        return _write(services, sources, told, place, with_cases=with_cases)
    except OSError as error:
        raise SystemFailed(
            f"cannot write the export into {place}: {error.strerror}", mend="choose a folder that can be written"
        ) from error


def _write(
    services: Services, sources: Sources, told: Mapping[str, Mapping[str, str]], place: Path, *, with_cases: bool
) -> dict[str, Any]:
    stored, left_out = _decisions(services, told)
    _write_packs(services, stored, place / PACKS)
    _write_lines(place / KNOWLEDGE, _knowledge(sources, stored, with_vectors=with_cases))
    embedder = None
    if with_cases:
        _write_lines(place / CASES, map(_case, stored))
        _write_lines(place / QUERIES, _queries(services, sources, stored))
        embedder = {"fingerprint": sources.embedder.fingerprint, "dimensions": sources.embedder.dimensions}
    files = sorted(path for path in place.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "with_cases": with_cases,
        "decisions": len(stored),
        "left_out": left_out,
        "embedder": embedder,
        "files": {path.relative_to(place).as_posix(): sha256_hex(path.read_bytes()) for path in files},
    }
    (place / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return {"decisions": len(stored), "left_out": left_out, "with_cases": with_cases}


def _make_room(place: Path) -> None:
    """An earlier export's cases must not stay beside a new one without them. Nothing else is removed."""
    if place.exists():
        foreign = {path.name for path in place.iterdir()} - {MANIFEST, PACKS, KNOWLEDGE, CASES, QUERIES}
        if foreign:
            raise InputError(f"{place} holds something else: {min(foreign)}", mend="export into an empty folder")
        shutil.rmtree(place)
    (place / PACKS).mkdir(parents=True)


def _decisions(
    services: Services, told: Mapping[str, Mapping[str, str]]
) -> tuple[list[StoredDecision], dict[str, str]]:
    """The decisions that are as the exported ledger tells them; and those that are left out, with the reason."""
    found: list[StoredDecision] = []
    left_out: dict[str, str] = {}
    for decision_id in sorted(told):
        try:
            with services.store.read() as unit:
                stored = unit.decisions.get(decision_id)
        except RemitError as error:
            left_out[decision_id] = error.message
            continue
        if stored.erased_at is not None:
            left_out[decision_id] = "its case was erased"
        elif wrong := differing_parts(stored, told[decision_id]):
            left_out[decision_id] = f"its {wrong[0]} is not what the exported ledger says"
        else:
            found.append(stored)
    return found, left_out


def _write_packs(services: Services, stored: Iterable[StoredDecision], folder: Path) -> None:
    for sha256 in sorted({sha256 for each in stored for sha256 in _named(each, "pack_sha256")}):
        if (version := services.pack_versions.find(sha256)) is not None:
            (folder / f"{sha256}.zip").write_bytes(version[1])


def _named(stored: StoredDecision, name: str) -> set[str]:
    """What the versions of a decision, and of its judgement, call by this name."""
    judged = stored.judgement.versions if stored.judgement else {}
    return {value for value in (stored.versions.to_json()[name], judged.get(name)) if value is not None}


def _knowledge(sources: Sources, stored: Sequence[StoredDecision], *, with_vectors: bool) -> Iterator[dict[str, Any]]:
    """Each snapshot, document and passage once, snapshots first, and the vectors of the passages."""
    store = sources.knowledge_store
    snapshots = list(_snapshots(store, stored))
    members = sorted({member for snapshot in snapshots for member in snapshot.members})
    chunks = store.chunks(members)
    for snapshot in snapshots:
        yield {"kind": "snapshot", **asdict(snapshot)}
    for document in store.documents(members):
        yield {"kind": "document", **asdict(document)}
    for member in store.erased(members):
        yield {"kind": "erased", **asdict(member)}
    for chunk in chunks:
        yield {"kind": "chunk", **asdict(chunk)}
    if not with_vectors:
        return
    vectors = store.vectors(sources.embedder.fingerprint, {chunk.sha256 for chunk in chunks})
    for sha256, vector in sorted(vectors.items()):
        yield {"kind": "vector", "sha256": sha256, "vector": vector_text(vector)}


def _snapshots(store: KnowledgeStore, stored: Iterable[StoredDecision]) -> Iterator[Snapshot]:
    """The snapshots that decisions rest on, oldest first."""
    wanted = {(each.versions.pack, sha256) for each in stored for sha256 in _named(each, "knowledge_snapshot")}
    found = []
    for pack, sha256 in sorted(wanted):
        try:
            found.append(store.snapshot(pack, sha256))
        except NotFound:
            continue  # a decision that rests on it is told as different, here as elsewhere
    yield from sorted(found, key=lambda snapshot: (snapshot.created_at, snapshot.sha256))


def _case(stored: StoredDecision) -> dict[str, Any]:
    run = stored.run
    return {
        "decision_id": run.decision_id,
        "decision": run.decision,
        "stage": stored.stage,
        "case": run.case,
        "case_quality": run.case_quality,
        "violations": list(run.violations),
        "subject": run.subject,
        "actor": run.actor.to_json(),
        "at": run.at.isoformat(),
        "salt": run.salt,
        "versions": stored.versions.to_json(),
        "judgement": stored.judgement.to_json() if stored.judgement else None,
    }


def _queries(services: Services, sources: Sources, stored: Iterable[StoredDecision]) -> Iterator[dict[str, Any]]:
    """The vector of every question that a replay asks, found by replaying."""
    listening = _Listening(sources.embedder)
    through = replace(services, parts=_ListeningParts(services.parts, sources, listening))
    for each in stored:
        try:
            replay(through, each.run.decision_id)
        except NotFound:
            continue  # a version that is gone: it is told where the export is replayed
    for text, vector in sorted(listening.heard.items()):
        yield {"text": text, "vector": vector_text(vector)}


class _Listening:
    """An embedder that remembers what it was asked."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.fingerprint = embedder.fingerprint
        self.dimensions = embedder.dimensions
        self.heard: dict[str, Vectors] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._embedder.embed(texts)
        self.heard.update(zip(texts, vectors, strict=True))
        return vectors


class _ListeningParts:
    """The parts of the services, over documents that are asked through a listening embedder."""

    def __init__(self, parts: Parts, sources: Sources, listening: _Listening) -> None:
        self._parts = parts
        self._sources = sources
        self._listening = listening
        self._corpora: dict[tuple[str, str | None], Corpus] = {}

    def model(self, pack: Pack, decision: Decision) -> OutcomeModel | None:
        return self._parts.model(pack, decision)

    def language_model(self, name: str) -> None:
        """A replay reads the tape."""

    def connectors(self, pack: Pack) -> LoadableConnectors:
        return self._parts.connectors(pack)

    def corpus(self, pack: str, snapshot: str | None = None) -> Corpus:
        if (pack, snapshot) not in self._corpora:
            self._corpora[pack, snapshot] = load_corpus(
                pack,
                store=self._sources.knowledge_store,
                index=self._sources.trial_index(),
                embedder=self._listening,
                snapshot=snapshot,
            )
        return self._corpora[pack, snapshot]


def vector_text(vector: Vectors) -> str:
    """Base64 of the little-endian float32 numbers."""
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()


def text_vector(text: str) -> Vectors:
    """The vector that `vector_text` wrote. Raises ValueError."""
    return np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)


def _write_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with path.open("wb") as file:
        for line in lines:
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
