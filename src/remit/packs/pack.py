"""A loaded pack: everything that its files say, compiled and checked. Made by `remit.packs.load`, never by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from remit.core.errors import Undecidable
from remit.core.schema import ActionSchema
from remit.core.words import Autonomy
from remit.packs.data_contract import DataContract
from remit.packs.files import PackFiles
from remit.packs.manifest import PackModel
from remit.packs.review_rules import ReviewRules
from remit.policies.cel import Binding, CelError, Environment, Program
from remit.policies.evaluate import CompiledContract


@dataclass(frozen=True, slots=True)
class Action:
    """One action that may be proposed; `connector` names its effect on the world, None for advice."""

    schema: ActionSchema
    connector: str | None


@dataclass(frozen=True, slots=True)
class Need:
    """One evidence need; `query` still has its ``{case.FIELD}`` placeholders, `when` decides whether it applies."""

    need: str
    query: str
    when: Program | None
    min_sources: int
    trusted: bool
    max_age_days: int | None
    min_similarity: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the rules proposer."""

    action: str
    when: Program | None
    args: Mapping[str, Program]
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is learnt later: its name, its possible values as text, when it is due, and what it is worth."""

    name: str
    type: Literal["boolean", "string"]
    values: tuple[str, ...]
    horizon_days: int
    reward: Program


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the case of a decision is kept, and under which class that is filed."""

    name: str
    keep_days: int


@dataclass(frozen=True, slots=True)
class Exploration:
    """How likely each other action is tried beside the best one, and what exploring may cost on one day (UTC),
    expected, in units of the reward.
    """

    floor: float
    loss_day_max: float

    def to_json(self) -> dict[str, Any]:
        return {"floor": self.floor, "loss_day_max": self.loss_day_max}


@dataclass(frozen=True, slots=True)
class ModelRef:
    """The pack's trained proposer: the file, and the digest that it must have."""

    file: str
    sha256: str


class FeaturesFailed(Undecidable):
    """A feature cannot be computed for this case. `name` says which, the message why."""

    code = "feature"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"the feature `{name}` cannot be computed: {why}")
        self.name = name


def spoken(error: CelError) -> str:
    """Why an expression has no value, without the value of the case that the library puts behind a colon."""
    return error.message.partition(":")[0].strip()


@dataclass(frozen=True)
class Decision:
    """One decision of a pack, ready to be made."""

    name: str
    question: str
    contract: DataContract
    row_rules: Mapping[str, Program]
    subject: str
    autonomy: Autonomy
    actions: Mapping[str, Action]
    features: Mapping[str, Program]
    needs: tuple[Need, ...]
    strategy: Literal["rules", "model"]
    model: ModelRef | None
    model_features: tuple[str, ...]
    arguments_by_action: Mapping[str, Mapping[str, Program]]
    rules: tuple[Rule, ...]
    outcome: Outcome
    policy: CompiledContract
    protected: tuple[str, ...]
    case_environment: Environment
    proposer_environment: Environment
    reward_environment: Environment
    reviews: ReviewRules = field(default_factory=ReviewRules)
    retention: Retention | None = None
    holdout: float = 0.0
    exploration: Exploration | None = None

    def need(self, name: str) -> Need:
        """The need of that name."""
        return next(need for need in self.needs if need.need == name)

    def needs_for(self, case: Mapping[str, Any]) -> list[Need]:
        """The needs that apply to this case. One whose condition cannot be evaluated applies: better read too much."""
        facts = self.case_environment.bind({"case": case})
        return [need for need in self.needs if need.when is None or need.when.run(facts) is not False]

    def features_of(self, case: Mapping[str, Any]) -> dict[str, Any]:
        """Every feature of a case: the one definition, for training, serving and replay.

        Raises:
            FeaturesFailed: one cannot be computed.
        """
        facts = self.case_environment.bind({"case": case})
        values: dict[str, Any] = {}
        for name, program in self.features.items():
            value = program.run(facts)
            if isinstance(value, CelError):
                raise FeaturesFailed(name, spoken(value))
            values[name] = value
        return values

    def rule_for(self, case: Mapping[str, Any], features: Mapping[str, Any]) -> Rule:
        """The first row of the rules table that holds. The last row always does: loading makes sure of it."""
        facts = self._proposer_facts(case, features)
        return next(rule for rule in self.rules if rule.when is None or rule.when.run(facts) is True)

    def arguments(
        self, action: str, case: Mapping[str, Any], features: Mapping[str, Any], rule: Rule | None = None
    ) -> dict[str, Any]:
        """The arguments of an action for this case, from the action's table and the rule's own.

        Raises:
            Undecidable: an argument cannot be computed.
        """
        facts = self._proposer_facts(case, features)
        programs = {**self.arguments_by_action.get(action, {}), **(rule.args if rule else {})}
        values: dict[str, Any] = {}
        for name, program in programs.items():
            value = program.run(facts)
            if isinstance(value, CelError):
                raise Undecidable(
                    f"the argument `{name}` of `{action}` cannot be computed: {spoken(value)}", code="argument"
                )
            values[name] = value
        return values

    def rewards(self, case: Mapping[str, Any]) -> dict[str, dict[str, float]]:
        """What each action would be worth under each outcome: ``{action: {outcome: reward}}``.

        Raises:
            Undecidable: the reward cannot be computed for this case.
        """
        base = self.reward_environment.bind({"case": case})
        return {
            action: {value: self._reward(base, action, value) for value in self.outcome.values}
            for action in self.actions
        }

    def rewards_under(self, case: Mapping[str, Any], outcome: str) -> dict[str, float]:
        """What each action is worth when this is what happened. Raises Undecidable."""
        base = self.reward_environment.bind({"case": case})
        return {action: self._reward(base, action, outcome) for action in self.actions}

    def _reward(self, base: Binding, action: str, outcome: str) -> float:
        happened = outcome == "true" if self.outcome.type == "boolean" else outcome
        facts = self.reward_environment.bind({"action.name": action, f"outcome.{self.outcome.name}": happened}, base)
        value = self.outcome.reward.run(facts)
        if isinstance(value, CelError):
            raise Undecidable(f"the reward of `{action}` cannot be computed: {spoken(value)}", code="reward")
        return float(value)

    def _proposer_facts(self, case: Mapping[str, Any], features: Mapping[str, Any]) -> Binding:
        return self.proposer_environment.bind(
            {"case": case, **{f"features.{name}": value for name, value in features.items()}}
        )


@dataclass(frozen=True)
class Pack:
    """A whole pack. `sha256` names its deciding files; knowledge has snapshots of its own."""

    model: PackModel
    files: PackFiles
    sha256: str
    decisions: Mapping[str, Decision]

    @property
    def name(self) -> str:
        return self.model.metadata.name

    @property
    def version(self) -> str:
        return self.model.metadata.version

    @property
    def audiences(self) -> frozenset[str]:
        """For whom the pack's decisions read: everyone's documents and its department's."""
        return frozenset({"everyone", self.model.metadata.department})


def card_name(model_file: str) -> str:
    """The model card that lies beside a model."""
    return model_file.removesuffix(".onnx") + ".card.json"


def base_file(sha256: str) -> str:
    """Where the trained model lies that a prompt version stands on; its card lies beside it."""
    return f"models/base-{sha256[:16]}.onnx"
