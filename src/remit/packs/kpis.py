"""The figures that a pack declares of a decision, and how each is measured; one that nothing measures is a problem.

A figure is a share that the store counts (`counted`), or a mean over decisions in CEL::

    sum of weight * value  /  sum of weight        over the decisions for which `when` holds

Several decisions may be about one thing, such as an invoice that is looked at each week. With `each` (the field of the
case that names it) they are one unit: the first of them counts, or with `summed` all together, as what it has cost.

Besides ``case``, ``action.name`` and ``action.args`` (of what was decided in the end) a figure may read

- ``done``: it was carried out, or was advice; what was denied or rejected is not,
- ``asked``: a person was asked,
- ``outcome.NAME`` and ``reward``: what became of it, and what that was worth, in the pack's own units,
- ``days_after``: days from the decision to what became of it; where nothing was reported, the outcome's horizon.

A figure that reads one of the last three is measured over matured decisions alone: those older than the horizon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import StringConstraints

from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.source import Path, Source, StrictModel, parse_model
from remit.packs.manifest import Cel, Text, Word
from remit.packs.pack import Decision
from remit.policies.cel import Environment, ExpressionError, Program
from remit.policies.expressions import fault_problems
from remit.policies.facts import union_of_args
from remit.policies.types import BOOL, DOUBLE, CelType, Kind, record_of, text_of

Counted = Literal["alone", "asked", "denied", "quarantined"]
_NUMBER: tuple[Kind, ...] = ("double", "int")


class KpiModel(StrictModel):
    """One entry of `kpis` in pack.yaml."""

    name: Word
    description: Text
    unit: Annotated[str, StringConstraints(max_length=40)] = ""
    counted: Counted | None = None
    value: Cel | None = None
    when: Cel | None = None
    weight: Cel | None = None
    each: Annotated[str, StringConstraints(pattern=r"^case\.[a-z][a-z0-9_]*$")] | None = None
    summed: bool = False
    target_min: float | None = None
    target_max: float | None = None


@dataclass(frozen=True, slots=True)
class Kpi:
    """One figure, ready to be measured. `each` is a field of the case."""

    name: str
    description: str
    unit: str
    counted: Counted | None
    value: Program | None
    when: Program | None
    weight: Program | None
    each: str | None
    summed: bool
    target_min: float | None
    target_max: float | None
    environment: Environment
    outcome: str

    @property
    def is_share(self) -> bool:
        """Whether it lies between 0 and 1 and is said in percent."""
        return self.value is None or self.value.type.kind == "bool"

    @property
    def names(self) -> frozenset[str]:
        """Every fact that it reads."""
        return frozenset().union(*(each.names for each in (self.value, self.when, self.weight) if each is not None))

    @property
    def asks_outcome(self) -> bool:
        """Whether it cannot be told of a decision whose outcome nobody has reported."""
        return bool(self.names & {"reward", f"outcome.{self.outcome}"})

    @property
    def matures(self) -> bool:
        """Whether it is measured over matured decisions alone."""
        return self.asks_outcome or "days_after" in self.names

    @property
    def target(self) -> str:
        """What is wanted of it, in words; empty where nothing is."""
        low = "" if self.target_min is None else f"at least {self.said(self.target_min)}"
        high = "" if self.target_max is None else f"at most {self.said(self.target_max)}"
        return " and ".join(filter(None, (low, high)))

    def said(self, value: float) -> str:
        """A value in words: `57.5 %`, `45.3 days`."""
        if self.is_share:
            return f"{value:.1%}".replace(".0%", "%").replace("%", " %")
        number = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
        return f"{number} {self.unit}".strip()

    def meets(self, value: float) -> bool | None:
        """Whether a value is within the target; None where there is none."""
        if self.target_min is None and self.target_max is None:
            return None
        low = self.target_min is None or value >= self.target_min
        return low and (self.target_max is None or value <= self.target_max)


def read_kpis(source: Source, index: int, decision: Decision) -> tuple[tuple[Kpi, ...], list[Problem]]:
    """The figures of the decision at this index of pack.yaml, and what is wrong with those that cannot be measured."""
    declared = source.value(("decisions", index)).get("kpis", [])
    environment = _environment(decision)
    found: dict[str, Kpi] = {}
    problems: list[Problem] = []
    for number in range(len(declared)):
        path: Path = ("decisions", index, "kpis", number)
        try:
            model = parse_model(KpiModel, source, path)
        except SourceError as error:
            problems.extend(error.problems)
            continue
        if model.name in found:
            problems.append(_wrong(source, path, f"the figure `{model.name}` is declared twice"))
            continue
        kpi, wrong = _kpi(source, path, model, decision, environment)
        problems.extend(wrong)
        if kpi is not None and not wrong:
            found[kpi.name] = kpi
    return tuple(found.values()), problems


def _environment(decision: Decision) -> Environment:
    outcome = decision.outcome
    kind: CelType = BOOL if outcome.type == "boolean" else text_of(outcome.values)
    return Environment(
        {
            "case": record_of(decision.contract.record),
            "action.name": text_of(decision.actions),
            "action.args": record_of(union_of_args([action.schema for action in decision.actions.values()])),
            "done": BOOL,
            "asked": BOOL,
            f"outcome.{outcome.name}": kind,
            "reward": DOUBLE,
            "days_after": DOUBLE,
        }
    )


def _kpi(
    source: Source, path: Path, model: KpiModel, decision: Decision, environment: Environment
) -> tuple[Kpi | None, list[Problem]]:
    """The figure, and what is wrong with it."""
    problems: list[Problem] = []
    if (model.value is None) == (model.counted is None):
        mend = "say `value` (an expression in CEL), or `counted`: alone, asked, denied or quarantined"
        both = "is measured in two ways" if model.value else "is declared, and nothing computes it"
        problems.append(_wrong(source, path, f"the figure `{model.name}` {both}", mend))
    if model.counted and (model.when or model.weight or model.each or model.summed):
        problems.append(_wrong(source, path, f"what is counted for `{model.name}` cannot be narrowed or weighed"))
    if model.summed and (model.each is None or model.weight is not None):
        problems.append(_wrong(source, path, f"`{model.name}` is summed for each of what? Say `each`, and no `weight`"))
    field = model.each and model.each.removeprefix("case.")
    if field and field not in decision.contract.record.names:
        hint = did_you_mean(field, decision.contract.record.names)
        problems.append(_wrong(source, (*path, "each"), f"`case.{field}` is no field of the case", hint))
    programs: dict[str, Program | None] = {}
    expected: Mapping[str, tuple[str | None, Any]] = {
        "value": (model.value, ("bool", *_NUMBER)),
        "when": (model.when, BOOL),
        "weight": (model.weight, _NUMBER),
    }
    for name, (text, expect) in expected.items():
        try:
            programs[name] = None if text is None else environment.compile(text, expect=expect)
        except ExpressionError as error:
            problems.extend(fault_problems(error, source, (*path, name)))
    if problems:
        return None, problems
    return Kpi(
        name=model.name,
        description=model.description,
        unit=model.unit,
        counted=model.counted,
        value=programs["value"],
        when=programs["when"],
        weight=programs["weight"],
        each=field,
        summed=model.summed,
        target_min=model.target_min,
        target_max=model.target_max,
        environment=environment,
        outcome=decision.outcome.name,
    ), []


def _wrong(source: Source, path: Path, message: str, mend: str = "") -> Problem:
    return source.problem(message, path, code="pack.kpi", mend=mend)
