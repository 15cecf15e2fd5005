"""Try a contract without a file: check a text, prove what is in force, give a verdict on facts. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from remit.policies.check import report_on
from remit.policies.counterfactual import counterfactual
from remit.policies.evaluate import CompiledContract
from remit.policies.explain import explain_verdict
from remit.service.candidate import read_candidate
from remit.service.policies import given_facts
from remit.service.policy_cases import left_alone
from remit.service.services import Services


def check_text(services: Services, pack: str, text: str) -> dict[str, Any]:
    """Load a text as a contract of a pack and run its tests. Raises NotFound, SourceError."""
    return report_on(read_candidate(services, pack, text, "contract").policy).to_json()


def prove_in_force(services: Services, pack: str, decision: str) -> dict[str, Any]:
    """The proof of the contract in force for a decision. One that was left open for want of time is tried anew.

    Raises:
        NotFound, SourceError: there is no such pack or decision, or it has problems.
    """
    policy = services.decision(services.pack(pack), decision).policy
    # Not at the top: a process that proves nothing need not load the solver.
    from remit.policies.prove import prove

    return services.proofs.of(
        policy.ref.sha256, lambda: prove(policy, overlaps=False).to_json(), keep=lambda found: bool(found["verified"])
    )


def try_facts(
    services: Services, pack: str, facts: Mapping[str, Any], *, decision: str | None = None, text: str | None = None
) -> dict[str, Any]:
    """A verdict on facts in the shape of a contract's own tests, clause by clause, and what would have turned it.

    It is the contract in force that gives it, or the one in `text`.

    Raises:
        NotFound, SourceError: there is no such pack or decision; the contract does not load, or the facts do not fit.
        InputError: the pack has several decisions, and none was named.
    """
    policy, protected, subject = _judge(services, pack, decision, text)
    given = given_facts(policy, orjson.dumps(facts).decode(), "facts", services.clock.now())
    explanation = explain_verdict(policy, given)
    found = counterfactual(policy, given, leave_out=left_alone(protected, f"case.{subject}"))
    told = None if found is None else {**found.to_json(), "sentence": found.sentence()}
    return {**explanation.verdict.to_json(), "explanation": explanation.to_json(), "counterfactual": told}


def _judge(
    services: Services, pack: str, decision: str | None, text: str | None
) -> tuple[CompiledContract, tuple[str, ...], str]:
    if text is not None:
        candidate = read_candidate(services, pack, text, "contract")
        return candidate.policy, candidate.decision.protected, candidate.decision.subject
    present = services.decision(services.pack(pack), decision)
    return present.policy, present.protected, present.subject
