"""How long a proof takes, by the number of rules, and how much of it is answered within a bound of wall clock."""

from __future__ import annotations

import time
from collections.abc import Iterator

from remit.eval.bench.contract import SIZES, contract_of
from remit.eval.bench.measure import Spread
from remit.eval.bench.report import Figure, Section
from remit.eval.bench.workbench import Workbench
from remit.policies.evaluate import CompiledContract
from remit.policies.prove import ProofReport, prove

SECONDS = 20.0
ROUNDS_MAX = 3
INVARIANT = {
    "id": "what-rule-0001-escalates-is-never-allowed",
    "never": "case.duration_months >= 25 && case.amount_cents < 125000 && verdict == 'allow'",
}


def measure(bench: Workbench, rounds: int) -> Section:
    """Time of a whole proof, and the share of its questions that were answered, for each number of rules."""
    figures = [figure for size in SIZES for figure in _of_size(contract_of(bench, size, [INVARIANT]), size, rounds)]
    return Section(
        "Proof time by the number of rules",
        "All questions of `remit policy check`, over all facts that the data contract admits: one invariant, what "
        "never fires or decides, gaps, what cannot be evaluated, clauses that never matter. Bounded by "
        f"{SECONDS:g} s of wall clock, in {ROUNDS_MAX} rounds at most; what is not answered by then is not verified.",
        tuple(figures),
    )


def _of_size(compiled: CompiledContract, size: int, rounds: int) -> Iterator[Figure]:
    spent: list[float] = []
    reports: list[ProofReport] = []
    for _ in range(min(rounds, ROUNDS_MAX)):
        started = time.perf_counter()
        reports.append(prove(compiled, SECONDS, overlaps=False))
        spent.append((time.perf_counter() - started) * 1000)
    answered = Spread.of(100 * each.answered / each.asked for each in reports)
    proved = Spread.of(100 * each.counted()["proved"] / len(compiled.invariants) for each in reports)
    yield Figure(f"{size:,} rules: the proof", Spread.of(spent), "ms")
    yield Figure(f"{size:,} rules: questions answered, of {reports[0].asked:,}", answered, "%")
    yield Figure(f"{size:,} rules: invariants proved, of {len(compiled.invariants)}", proved, "%")
