"""What every history shares and none changes: the versions of the pack, of its documents, and the compiled graph."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from remit.adapters.memory.embedder import HashingEmbedder
from remit.adapters.memory.knowledge import MemoryKnowledgeStore
from remit.adapters.memory.vectors import MemoryVectorIndex
from remit.agents.graph import build_graph
from remit.core.canonical import digest
from remit.packs.files import PackFiles, read_folder
from remit.packs.load import load_pack
from remit.packs.pack import Pack
from remit.policies.evaluate import CompiledContract
from remit.retrieval.documents import Document, parse_document
from remit.retrieval.ingest import ingest
from remit.retrieval.search import Corpus, load_corpus

DESK = Path(__file__).parents[2] / "integration" / "packs" / "desk"
BEGINNING = datetime(2026, 11, 2, 12, tzinfo=UTC)
BUDGET_CENTS, AUDITED_CENTS, CEILING_CENTS = 30_000, 300_000, 900_000
LIMIT = f"""limits:
  - id: budget
    for: action.name == 'pay'
    sum: action.args.amount_cents
    per: day
    max: {BUDGET_CENTS}
    else: escalate
obligations:
  - {{when: action.name == 'pay' || action.name == 'advise', do: notify_books, to: books}}
rules:
  - id: nobody-edits-it-above
    actions: [pay, wire, order]
    when: action.args.amount_cents > {CEILING_CENTS}
    effect: deny
    reason: Nobody pays above 9,000.
  - id: much
    actions: [pay, wire, order]
    when: action.args.amount_cents > {AUDITED_CENTS}
    effect: escalate
    reason: Above 3,000 an auditor decides within a working day.
    approval: {{role: auditor, within: 8h, on_timeout: deny}}
"""
LARGE_RULE = "case.amount_cents > 100000\n"
DUTY = '\n\n@obligation("notify_books")\ndef notify_books(duty): ...\n'
POLICIES = (LARGE_RULE, "case.amount_cents > 300000\n", "case.amount_cents > 2000\n")
LIMIT_TEXTS = ("is 1,000.", "is 900.", "is 1,000.", "is 800.")
"""What the handbook's page on limits says, one version after the other."""


@dataclass(frozen=True)
class Company:
    """The pack's versions, the pack of each by its SHA-256, the documents' versions in order, and the graph."""

    files: tuple[PackFiles, ...]
    packs: Mapping[str, Pack]
    corpora: tuple[Corpus, ...]
    graph: Any


@functools.cache
def company() -> Company:
    """Made once: nothing of it depends on a seed."""
    files = tuple(_files(policy) for policy in POLICIES)
    packs = {each.sha256: load_pack(each) for each in files}
    return Company(files, packs, _corpora(), build_graph(InMemorySaver()))


def policy_of(number: int) -> CompiledContract:
    """The contract of one of the `POLICIES`."""
    return company().packs[company().files[number].sha256].decisions["desk.request"].policy


def budget_key() -> str:
    """What the store counts the desk's budget under."""
    policy = policy_of(0)
    [limit] = policy.limits
    return digest([f"{policy.decision} {policy.ref.name}", limit.id, limit.per, limit.amount.text, []])


def _files(policy: str) -> PackFiles:
    folder = read_folder(DESK)
    text = (folder.text("policy.yaml") or "").replace(LARGE_RULE, policy).replace("rules:\n", LIMIT, 1)
    # Nothing of it is run: the simulation's connectors stand in its place.
    connectors = f"{folder.text('connectors.py')}{DUTY}"
    contents = {**folder.contents, "policy.yaml": text.encode(), "connectors.py": connectors.encode()}
    return replace(folder, contents=contents, folder=None)


def _corpora() -> tuple[Corpus, ...]:
    store, embedder = MemoryKnowledgeStore(), HashingEmbedder()
    corpora = []
    for said in LIMIT_TEXTS:
        ingest("desk", _documents(said), store, embedder, BEGINNING)
        corpora.append(load_corpus("desk", store=store, index=MemoryVectorIndex(), embedder=embedder))
    return tuple(corpora)


def _documents(said: str) -> list[Document]:
    texts = {path.stem: path.read_text("utf-8") for path in sorted((DESK / "knowledge").glob("*.md"))}
    changed = {stem: text.replace(LIMIT_TEXTS[0], said) for stem, text in texts.items()}
    return [parse_document(text.encode(), f"{stem}.md", "desk", stem) for stem, text in changed.items()]
