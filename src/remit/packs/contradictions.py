"""What must hold between the parts of a decision: names, arguments for every action, nothing protected in between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from remit.core.problems import did_you_mean
from remit.packs.data_contract import DataContract
from remit.packs.manifest import DecisionModel
from remit.packs.pack import Need, Rule
from remit.policies.cel import Program
from remit.policies.checked import Node

Path = tuple[str | int, ...]
Programs = Mapping[str, Program]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One contradiction, and where in the decision it stands."""

    message: str
    path: Path
    mend: str = ""


def contradictions(
    model: DecisionModel,
    contract: DataContract,
    features: Programs,
    needs: Sequence[Need],
    arguments: Mapping[str, Programs],
    rules: Sequence[Rule],
    reward: Program | None,
) -> Iterator[Wrong]:
    """Every contradiction between what the manifest says and what its files say, given what of it could be compiled."""
    yield from _names(model, contract)
    yield from _features(model)
    yield from _protected_names(model, contract)
    yield from _missing_arguments(model)
    yield from _money(model, contract)
    yield from _exploration(model)
    protected = set(model.fairness.protected) | set(contract.protected)
    for index, need in enumerate(needs):
        for field in sorted(protected & set(placeholders(need.query))):
            yield Wrong(f"the query reads the protected attribute `{field}`", ("evidence", index, "query"))
    for program, path in _leading_to_a_proposal(features, needs, arguments, rules, reward):
        if protected and _reads_whole_case(program):
            message = "passes the whole case on, protected attributes and all"
            yield Wrong(message, path, "write `case.FIELD`, and never `case` alone")
        for field in sorted(protected & _case_fields(program)):
            yield Wrong(f"reads the protected attribute `{field}`", path, "a proposal may not depend on it")


def placeholders(query: str) -> list[str]:
    """The fields of the case that a query names."""
    return re.findall(r"\{case\.([A-Za-z0-9_]+)\}", query)


def _names(model: DecisionModel, contract: DataContract) -> Iterator[Wrong]:
    known = contract.record.names
    subject = model.subject.removeprefix("case.")
    if subject not in known:
        yield Wrong(
            f"the subject `{model.subject}` is no field of the case", ("subject",), did_you_mean(subject, known)
        )
    if model.outcome.name in known:
        yield Wrong(
            f"the outcome `{model.outcome.name}` is an input of the case: the proposer would see the future",
            ("outcome", "name"),
        )


def _features(model: DecisionModel) -> Iterator[Wrong]:
    listed = model.proposer.features
    for index, name in enumerate(listed):
        path = ("proposer", "features", index)
        if name not in model.features:
            yield Wrong(f"`{name}` is no feature", path, did_you_mean(name, model.features))
        if name in listed[:index]:
            yield Wrong(f"the feature `{name}` is listed twice", path)
    if model.proposer.strategy == "model" and not listed:
        yield Wrong("a model proposer lists the `features` that it sees", ("proposer",))


def _protected_names(model: DecisionModel, contract: DataContract) -> Iterator[Wrong]:
    known = contract.record.names
    for index, name in enumerate(model.fairness.protected):
        if name not in known:
            yield Wrong(
                f"the protected attribute `{name}` is no field of the case",
                ("fairness", "protected", index),
                did_you_mean(name, known),
            )
    for name in contract.protected:
        if name not in model.fairness.protected:
            yield Wrong(
                f"`{name}` is classified as protected in the data contract, but not listed here",
                ("fairness",),
                f"add `{name}` to `fairness.protected`",
            )


def _money(model: DecisionModel, contract: DataContract) -> Iterator[Wrong]:
    """What stands for money is a whole number that exists, and whoever decides in bulk has a cap on it."""
    where, _, name = (model.reviews.money or "").partition(".")
    integers = {field.name for field in contract.record.fields if field.type == "integer"}
    if where == "args":
        integers = {arg for action in model.actions for arg, each in action.args.items() if each.type == "integer"}
    if name and name not in integers:
        yield Wrong(
            f"`{model.reviews.money}` is no whole number of this decision",
            ("reviews", "money"),
            did_you_mean(name, integers),
        )
    bulk = model.reviews.bulk
    if bulk is not None and (bulk.amount_max is None) != (not name):
        yield Wrong(
            "a cap on the amount and `money` belong together",
            ("reviews", "bulk"),
            "say both `money` and `bulk.amount_max`, or neither",
        )


def _missing_arguments(model: DecisionModel) -> Iterator[Wrong]:
    """Every action that the model or a rule may propose has an expression for each of its required arguments."""
    for action in model.actions:
        rows = [row for row in model.proposer.rules if row.action == action.name]
        for name, argument in action.args.items():
            if not argument.required or name in model.proposer.args.get(action.name, {}):
                continue
            if model.proposer.strategy == "model" or not all(name in row.args for row in rows):
                yield Wrong(
                    f"nothing gives the argument `{name}` of `{action.name}`",
                    ("proposer", "args"),
                    f"write `args: {{{action.name}: {{{name}: …}}}}` under the proposer",
                )


def _leading_to_a_proposal(
    features: Programs,
    needs: Sequence[Need],
    arguments: Mapping[str, Programs],
    rules: Sequence[Rule],
    reward: Program | None,
) -> Iterator[tuple[Program, Path]]:
    """Every expression that a proposal can depend on, with its place."""
    for name, program in features.items():
        yield program, ("features", name)
    for index, need in enumerate(needs):
        if need.when is not None:
            yield need.when, ("evidence", index, "when")
    for action, programs in arguments.items():
        for name, program in programs.items():
            yield program, ("proposer", "args", action, name)
    for index, rule in enumerate(rules):
        if rule.when is not None:
            yield rule.when, ("proposer", "rules", index, "when")
        for name, program in rule.args.items():
            yield program, ("proposer", "rules", index, "args", name)
    if reward is not None:
        # A model proposes the action of the highest expected reward.
        yield reward, ("outcome", "reward")


def _case_fields(program: Program) -> set[str]:
    """The fields of the case that an expression reads by their names."""
    return {node.name for node in program.tree.walk() if node.kind == "select" and _is_case(node.items[0])}


def _reads_whole_case(program: Program) -> bool:
    """Whether an expression uses the case other than by `case.FIELD`, as `[case].exists(c, c.age > 60)` does."""
    return any(_is_case(item) and node.kind != "select" for node in program.tree.walk() for item in node.items)


def _is_case(node: Node) -> bool:
    return node.kind == "name" and node.name == "case"


def _exploration(model: DecisionModel) -> Iterator[Wrong]:
    declared = model.learning.exploration
    if declared is None:
        return
    path: Path = ("learning", "exploration")
    if model.proposer.strategy != "model":
        yield Wrong(
            "rules cannot explore: only a model says what the other actions may earn", path, "write `strategy: model`"
        )
    if declared.floor * len(model.actions) > 1:
        most = 1 / len(model.actions)
        yield Wrong(f"leaves no room for {len(model.actions)} actions", (*path, "floor"), f"write at most {most:.3f}")
    if not any(action.reversible for action in model.actions):
        yield Wrong("no action can be undone, so none is ever explored", path, "leave it out")
