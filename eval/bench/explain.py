"""What an explanation costs beside the verdict that it explains: the clauses, and the change that would turn it.

A decision asks for neither. They are computed when somebody asks why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from remit.core.words import Effect
from remit.eval.bench.measure import Spread, Step, interleaved, ratios
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import Workbench
from remit.policies.counterfactual import counterfactual
from remit.policies.evaluate import CompiledContract
from remit.policies.explain import explain_verdict
from remit.policies.facts import Facts

CASES = 12


def measure(bench: Workbench, rounds: int) -> Section:
    """Time per verdict and per explanation, on the facts of the shipped contract's own tests."""
    policy = bench.decision.policy
    allowed = _facts(policy, ("allow",))
    others = _facts(policy, ("escalate", "deny"))
    protected = [*(f"case.{name}" for name in bench.decision.protected), f"case.{bench.decision.subject}"]
    contenders = {
        "an allow: the verdict": _step(policy.evaluate, allowed),
        "an allow: its clauses, when asked": _step(lambda facts: explain_verdict(policy, facts), allowed),
        "no allow: the verdict": _step(policy.evaluate, others),
        "no allow: its clauses, when asked": _step(lambda facts: explain_verdict(policy, facts), others),
        "no allow: what would have turned it, when asked": _step(
            lambda facts: counterfactual(policy, facts, leave_out=protected), others
        ),
    }
    times = interleaved(rounds, CASES, contenders)
    figures = [Figure(name, Spread.of(each * 1000 for each in spent), "us") for name, spent in times.items()]
    allow, clauses, refused = (times[name] for name in list(contenders)[:3])
    figures.append(Figure("an allow: clauses / verdict", ratios(clauses, allow), "x"))
    figures.append(Figure("verdict of an allow / of no allow", ratios(allow, refused), "x"))
    return Section(
        "What an explanation costs",
        f"The contract of the pack `credit` ({len(policy.rules)} rules) on {CASES} of its own tests of each kind. A "
        "decision asks for the verdict alone: clauses and counterfactual are computed when somebody asks why.",
        tuple(figures),
    )


def _facts(policy: CompiledContract, effects: Sequence[Effect]) -> list[Facts]:
    found = [facts for _, facts in policy.tests if policy.evaluate(facts).effect in effects]
    return [found[number % len(found)] for number in range(CASES)]


def _step(ask: Callable[[Facts], object], facts: Sequence[Facts]) -> Step:
    return lambda number: ask(facts[number])
