"""A policy contract that wants to be in force: read from a text, with the types that its pack gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from remit.core.source import read_yaml
from remit.packs.load import load_policy
from remit.packs.pack import Decision, Pack
from remit.policies.evaluate import CompiledContract
from remit.service.in_force import policy_file, texts_of
from remit.service.services import Services


@dataclass(frozen=True)
class Candidate:
    """A contract that loads. `decision` is the one that it governs, with the contract that is in force for it.

    `texts` are the contract's text, under the name `file`, and those of the rule files that it imports.
    """

    pack: Pack
    decision: Decision
    policy: CompiledContract
    file: str
    texts: Mapping[str, str]


def read_candidate(services: Services, pack_ref: str, text: str, label: str) -> Candidate:
    """Load a contract for a pack; `label` is how problems name it. What it imports is read from the pack's folder.

    Raises:
        NotFound: there is no such pack, or it has no decision of the contract's name.
        SourceError: the contract does not load, or the pack.
    """
    pack = services.pack(pack_ref)
    source = read_yaml(text, label)
    named = source.data.get("decision") if isinstance(source.data, dict) else None
    # A contract that does not say what it governs is told so by loading it for any decision.
    decision = services.decision(pack, named) if isinstance(named, str) else next(iter(pack.decisions.values()))
    file = policy_file(pack.model, decision.name) or ""
    files = services.library.files(pack_ref).replaced({file: text}, {file: label})
    policy = load_policy(files, file)
    return Candidate(pack, decision, policy, file, texts_of(files, file, policy))
