"""What a contract's tests are worth, and the tests that it lacks; and a verdict with its reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from remit.agents.guard import facts_of
from remit.agents.records import StoredDecision, judged
from remit.core.errors import NotFound
from remit.packs.files import read_folder
from remit.packs.manifest import read_manifest
from remit.policies.counterfactual import Counterfactual, counterfactual
from remit.policies.explain import Explanation, explain_verdict
from remit.policies.generate import Generated, generate_tests
from remit.policies.limits import usage_from_json
from remit.policies.mutate import MutationReport, mutate
from remit.service.policies import given_facts, load_contract_file
from remit.service.services import Services


def generate_policy_tests(file: Path) -> Generated:
    """The tests that would add to those of a contract. Raises NotFound, SourceError."""
    return generate_tests(load_contract_file(file))


def mutate_policy(file: Path) -> MutationReport:
    """Which small mistakes the tests of a contract would notice. Raises NotFound, SourceError."""
    return mutate(load_contract_file(file))


def explain_policy(file: Path, facts: str, label: str, now: datetime) -> tuple[Explanation, Counterfactual | None]:
    """A verdict on facts given as JSON text, clause by clause, and the smallest change that turns it.

    Raises:
        NotFound, SourceError: as for `eval_policy`.
    """
    compiled = load_contract_file(file)
    given = given_facts(compiled, facts, label, now)
    _, pack = read_manifest(read_folder(file.parent))
    decision = next(each for each in pack.decisions if each.policy == file.name)
    leave_out = left_alone(decision.fairness.protected, decision.subject)
    return explain_verdict(compiled, given), counterfactual(compiled, given, leave_out=leave_out)


def explain_past(services: Services, stored: StoredDecision, *, clauses: bool) -> dict[str, Any]:
    """Why a past decision had its verdict, under the version of its pack that decided.

    Gives `counterfactual` where it was not allowed and, when asked, the `explanation`; nothing of either where the
    pack's version is no longer stored, or where the engine and not the contract had the last word.
    """
    judgement = judged(stored)
    try:
        pack = services.pack_version(judgement.versions["pack"], judgement.versions["pack_sha256"])
        decision = services.decision(pack, stored.run.decision)
    except NotFound:
        return {}
    at = datetime.fromisoformat(judgement.at)
    state: Any = judgement.to_json()
    facts = replace(facts_of(state, stored.run, at), usage=usage_from_json(judgement.usage))
    told: dict[str, Any] = {}
    policy = decision.policy
    effect = judgement.verdict["effect"]
    if effect != "allow" and policy.evaluate(facts).effect == effect:
        found = counterfactual(policy, facts, leave_out=left_alone(decision.protected, f"case.{decision.subject}"))
        told["counterfactual"] = None if found is None else {**found.to_json(), "sentence": found.sentence()}
    if clauses:
        told["explanation"] = explain_verdict(policy, facts).to_json()
    return told


def left_alone(protected: Iterable[str], subject: str) -> list[str]:
    """What nobody is told to change: protected attributes, and who the case is about."""
    return [*(f"case.{name}" for name in protected), subject]
