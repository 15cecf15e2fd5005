"""What a contract obliges to has to be something that its pack can do."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from remit.core.problems import Problem, did_you_mean
from remit.policies.evaluate import CompiledContract


def unprovided(policy: CompiledContract, provided: Collection[str]) -> Iterator[Problem]:
    """Each obligation that no function of the pack carries out, at its place in the contract."""
    for number, each in enumerate(policy.contract.obligations):
        if each.do not in provided:
            message = f"nothing in connectors.py carries out the obligation `{each.do}`"
            said = "; ".join(filter(None, (message, did_you_mean(each.do, provided))))
            mend = f'Mark a function with @obligation("{each.do}").'
            yield policy.source.problem(said, ("obligations", number, "do"), code="pack.obligation", mend=mend)
