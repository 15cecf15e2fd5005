"""Loading a pack: every file is read, every name looked up, every expression type-checked; all problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import orjson

from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.schema import ActionSchema
from remit.core.source import Source, read_yaml
from remit.packs.connectors import marked
from remit.packs.contradictions import Path, contradictions, placeholders
from remit.packs.data_contract import DataContract, read_data_contract
from remit.packs.files import PackFiles
from remit.packs.manifest import DecisionModel, read_manifest
from remit.packs.obligations import unprovided
from remit.packs.pack import Action, Decision, Exploration, ModelRef, Need, Outcome, Pack, Retention, Rule, card_name
from remit.policies.cel import Environment, ExpressionError, Program
from remit.policies.compile import load_contract
from remit.policies.evaluate import CompiledContract
from remit.policies.expressions import fault_problems
from remit.policies.types import BOOL, STRINGS, CelType, Kind, UnfitRecord, record_of, text_of

_FEATURE_KINDS: tuple[Kind, ...] = ("int", "double", "bool", "string")
_ARGUMENT_TYPES: dict[str, CelType | tuple[Kind, ...]] = {
    "integer": ("int",),
    "number": ("double", "int"),
    "string": ("string",),
    "boolean": ("bool",),
    "strings": STRINGS,
}


def load_pack(files: PackFiles, *, trained: bool = True) -> Pack:
    """Load a pack from its files; with `trained=False` one whose model is still to be made.

    Raises:
        SourceError: with every problem of every file.
    """
    source, model = read_manifest(files)
    problems: list[Problem] = []
    decisions: dict[str, Decision] = {}
    for index, item in enumerate(model.decisions):
        loader = _DecisionLoader(files, source, item, ("decisions", index), trained=trained)
        decision = loader.load()
        problems.extend(loader.problems)
        if any(item.name == other.name for other in model.decisions[:index]):
            twice = f"the decision `{item.name}` is declared twice"
            problems.append(source.problem(twice, ("decisions", index, "name"), code="pack"))
        if decision is not None:
            decisions[decision.name] = decision
    if problems:
        # Decisions may share files: what is wrong with one of them is told once.
        raise SourceError(list(dict.fromkeys(problems)))
    return Pack(model, files, files.sha256, decisions)


def load_policy(files: PackFiles, name: str) -> CompiledContract:
    """One policy contract of a pack, with the types that its pack gives it.

    Raises:
        SourceError: the contract has problems, or pack.yaml or the data contract, or no decision names this file.
    """
    source, model = read_manifest(files)
    for index, item in enumerate(model.decisions):
        if item.policy == name:
            loader = _DecisionLoader(files, source, item, ("decisions", index))
            policy = loader.load_policy()
            if policy is None:
                raise SourceError(loader.problems)
            return policy
    ours = " or ".join(dict.fromkeys(item.policy for item in model.decisions))
    mend = f"put it in the place of {ours}, in a copy of the pack's folder, or propose it"
    what = f"no decision of this pack has the policy {name}"
    raise SourceError([source.problem(what, ("decisions",), code="pack", mend=mend)])


class _DecisionLoader:
    """Loads one decision and gathers what is wrong with it."""

    def __init__(
        self, files: PackFiles, source: Source, model: DecisionModel, path: Path, *, trained: bool = True
    ) -> None:
        self.files, self.source = files, source
        self.model, self.path = model, path
        self.trained = trained
        self.problems: list[Problem] = []

    def load(self) -> Decision | None:
        actions = self._actions()
        contract = self._data_contract()
        if contract is None:
            self._text(self.model.policy, "policy")
            return None
        try:
            case = Environment({"case": record_of(contract.record)})
        except UnfitRecord as error:
            self._problem(str(error), "case")
            return None
        row_rules = self._row_rules(contract, case)
        features = self._features(case)
        proposer = case.extended({f"features.{name}": program.type for name, program in features.items()})
        needs = self._needs(contract, case)
        arguments = self._arguments(proposer, actions)
        rules = self._rules(proposer, actions)
        rewards = self._reward_environment(case)
        reward = self._compile(rewards, self.model.outcome.reward, ("outcome", "reward"), ("double", "int"))
        policy = self._policy(contract, [action.schema for action in actions.values()])
        for wrong in contradictions(self.model, contract, features, needs, arguments, rules, reward):
            self._problem(wrong.message, *wrong.path, mend=wrong.mend)
        model = self._model(features)
        if self.problems or policy is None or reward is None:
            return None
        return Decision(
            name=self.model.name,
            question=self.model.question,
            contract=contract,
            row_rules=row_rules,
            subject=self.model.subject.removeprefix("case."),
            autonomy=self.model.autonomy,
            actions=actions,
            features=features,
            needs=needs,
            arguments_by_action=arguments,
            rules=rules,
            strategy=self.model.proposer.strategy,
            model=model,
            model_features=tuple(self.model.proposer.features),
            outcome=self._outcome(reward),
            policy=policy,
            protected=tuple(self.model.fairness.protected),
            retention=self._retention(),
            case_environment=case,
            proposer_environment=proposer,
            reward_environment=rewards,
            reviews=self.model.reviews.rules(),
            holdout=self.model.learning.holdout,
            exploration=self._exploration(),
        )

    def _exploration(self) -> Exploration | None:
        declared = self.model.learning.exploration
        return None if declared is None else Exploration(float(declared.floor), float(declared.loss_day_max))

    def _retention(self) -> Retention | None:
        declared = self.model.retention
        return None if declared is None else Retention(declared.name, declared.keep_days)

    def load_policy(self) -> CompiledContract | None:
        """The policy alone, with the types of the data contract and the actions."""
        contract = self._data_contract()
        if contract is None:
            return None
        policy = self._policy(contract, [action.schema for action in self._actions().values()])
        return None if self.problems else policy

    # Files beside pack.yaml

    def _data_contract(self) -> DataContract | None:
        source = self._beside(self.model.case, "case")
        if source is None:
            return None
        try:
            return read_data_contract(source)
        except SourceError as error:
            self.problems.extend(error.problems)
            return None

    def _policy(self, contract: DataContract, actions: Sequence[ActionSchema]) -> CompiledContract | None:
        text = self._text(self.model.policy, "policy")
        if text is None:
            return None
        label, shared = self.files.label, self.files.texts(".yaml")
        file, needs = label(self.model.policy), [item.need for item in self.model.evidence]
        try:
            policy = load_contract(
                text, file, case=contract.record, actions=actions, shared=shared, label=label, needs=needs
            )
        except SourceError as error:
            self.problems.extend(error.problems)
            return None
        self.problems.extend(unprovided(policy, self._marked["obligation"]))
        if policy.decision != self.model.name:
            self._problem(
                f"{self.model.policy} governs `{policy.decision}`, not `{self.model.name}`",
                "policy",
                mend="write the same decision into both files",
            )
        return policy

    def _beside(self, name: str, key: str) -> Source | None:
        text = self._text(name, key)
        if text is None:
            return None
        try:
            return read_yaml(text, self.files.label(name))
        except SourceError as error:
            self.problems.extend(error.problems)
            return None

    def _text(self, name: str, key: str) -> str | None:
        text = self.files.text(name)
        if text is None:
            hint = did_you_mean(name, self.files.contents)
            self._problem(f"there is no file {name}, or it is not UTF-8 text", key, mend=hint)
        return text

    # Parts of pack.yaml

    def _actions(self) -> dict[str, Action]:
        known = self._marked["effect"]
        actions: dict[str, Action] = {}
        for index, item in enumerate(self.model.actions):
            if item.name in actions:
                self._problem(f"the action `{item.name}` is declared twice", "actions", index, "name")
            connector = None
            if item.effect is not None:
                module, _, connector = item.effect.partition(":")
                if module != "connectors" or connector not in known:
                    self._problem(
                        f"there is no connector `{connector}` in {module}.py",
                        "actions",
                        index,
                        "effect",
                        mend=did_you_mean(connector, known) or 'mark the function with @effect("…")',
                    )
            actions[item.name] = Action(item.action_schema(), connector)
        return actions

    @cached_property
    def _marked(self) -> dict[str, set[str]]:
        """The names of the functions in connectors.py, by what they are marked as."""
        text = self.files.text("connectors.py") or ""
        try:
            return {"effect": marked(text, "effect"), "obligation": marked(text, "obligation")}
        except SyntaxError as error:
            place = (self.files.label("connectors.py"), error.lineno or 0, error.offset or 0)
            excerpt = (error.text or "").rstrip("\n")
            problem = Problem(f"not valid Python: {error.msg}", *place, excerpt, code="pack.connectors")
            self.problems.append(problem)
            return {"effect": set(), "obligation": set()}

    def _row_rules(self, contract: DataContract, environment: Environment) -> dict[str, Program]:
        source = self._beside(self.model.case, "case")
        programs: dict[str, Program] = {}
        for rule in contract.row_rules:
            try:
                programs[rule.name] = environment.compile(rule.condition, expect=BOOL)
            except ExpressionError as error:
                assert source is not None
                self.problems.extend(fault_problems(error, source, rule.path))
        return programs

    def _features(self, environment: Environment) -> dict[str, Program]:
        compiled = {
            name: self._compile(environment, text, ("features", name), _FEATURE_KINDS)
            for name, text in self.model.features.items()
        }
        return {name: program for name, program in compiled.items() if program is not None}

    def _needs(self, contract: DataContract, environment: Environment) -> tuple[Need, ...]:
        needs: list[Need] = []
        for index, item in enumerate(self.model.evidence):
            if any(known.need == item.need for known in needs):
                self._problem(f"the need `{item.need}` is declared twice", "evidence", index, "need")
            for field in placeholders(item.query):
                if field not in contract.record.names:
                    self._problem(
                        f"the query names `case.{field}`, which is no field of the case",
                        "evidence",
                        index,
                        "query",
                        mend=did_you_mean(field, contract.record.names),
                    )
            when = None
            if item.when is not None:
                when = self._compile(environment, item.when, ("evidence", index, "when"), BOOL)
            needs.append(
                Need(
                    item.need,
                    item.query,
                    when,
                    item.min_sources,
                    item.trusted,
                    item.max_age_days,
                    item.min_similarity,
                )
            )
        return tuple(needs)

    def _arguments(self, environment: Environment, actions: Mapping[str, Action]) -> dict[str, dict[str, Program]]:
        found: dict[str, dict[str, Program]] = {}
        for action, args in self.model.proposer.args.items():
            if action not in actions:
                self._problem(
                    f"`{action}` is no action of this decision",
                    "proposer",
                    "args",
                    action,
                    mend=did_you_mean(action, actions),
                )
                continue
            found[action] = self._args(environment, actions[action], args, ("proposer", "args", action))
        return found

    def _args(
        self, environment: Environment, action: Action, args: Mapping[str, str], path: Path
    ) -> dict[str, Program]:
        programs: dict[str, Program] = {}
        for name, text in args.items():
            field = action.schema.args.field(name)
            if field is None:
                self._problem(
                    f"`{name}` is no argument of `{action.schema.name}`",
                    *path,
                    name,
                    mend=did_you_mean(name, action.schema.args.names),
                )
                continue
            program = self._compile(environment, text, (*path, name), _ARGUMENT_TYPES[field.type])
            if program is not None:
                programs[name] = program
        return programs

    def _rules(self, environment: Environment, actions: Mapping[str, Action]) -> tuple[Rule, ...]:
        rules: list[Rule] = []
        for index, item in enumerate(self.model.proposer.rules):
            path: Path = ("proposer", "rules", index)
            if item.action not in actions:
                self._problem(
                    f"`{item.action}` is no action of this decision",
                    *path,
                    "action",
                    mend=did_you_mean(item.action, actions),
                )
                continue
            when = None if item.when is None else self._compile(environment, item.when, (*path, "when"), BOOL)
            args = self._args(environment, actions[item.action], item.args, (*path, "args"))
            rules.append(Rule(item.action, when, args, item.confidence, item.reason))
        if self.model.proposer.rules[-1].when is not None:
            last = len(self.model.proposer.rules) - 1
            self._problem("the last rule must hold always: leave its `when` out", "proposer", "rules", last, "when")
        return tuple(rules)

    def _reward_environment(self, case: Environment) -> Environment:
        outcome = self.model.outcome
        if outcome.type == "string" and (len(outcome.values) < 2 or len(set(outcome.values)) < len(outcome.values)):
            self._problem("an outcome of type string lists its `values`: two or more, each once", "outcome")
        kind: CelType = BOOL if outcome.type == "boolean" else text_of(outcome.values)
        names = [action.name for action in self.model.actions]
        return case.extended({"action.name": text_of(names), f"outcome.{outcome.name}": kind})

    def _outcome(self, reward: Program) -> Outcome:
        outcome = self.model.outcome
        return Outcome(outcome.name, outcome.type, tuple(self._outcome_values()), outcome.horizon_days, reward)

    def _outcome_values(self) -> list[str]:
        outcome = self.model.outcome
        return ["true", "false"] if outcome.type == "boolean" else outcome.values

    def _model(self, features: Mapping[str, Program]) -> ModelRef | None:
        ref = self.model.proposer.model
        if self.model.proposer.strategy != "model" or ref is None:
            return None
        card = card_name(ref.file)
        wrong = [f"there is no file {name}" for name in (ref.file, card) if name not in self.files.contents]
        if not wrong and not self._is_on_card(card, features):
            wrong = [f"{card} tells of other features or outcomes than this pack"]
        for message in wrong if self.trained else ():
            self._problem(message, "proposer", "model", "file", mend="train anew with `remit learn train`")
        return ModelRef(ref.file, ref.sha256)

    def _is_on_card(self, name: str, features: Mapping[str, Program]) -> bool:
        """Whether the model card says what the pack says: which inputs, in which order, and which outcomes."""
        seen = [feature for feature in self.model.proposer.features if feature in features]
        texts = [feature for feature in seen if features[feature].type.kind == "string"]
        inputs = {"numbers": [feature for feature in seen if feature not in texts], "texts": texts}
        try:
            card = orjson.loads(self.files.contents[name])
            return bool(card["features"] == inputs and card["outcomes"] == self._outcome_values())
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return False

    # Helpers

    def _compile(
        self, environment: Environment, text: str, path: Path, expect: CelType | tuple[Kind, ...]
    ) -> Program | None:
        try:
            return environment.compile(text, expect=expect)
        except ExpressionError as error:
            self.problems.extend(fault_problems(error, self.source, (*self.path, *path)))
            return None

    def _problem(self, message: str, *path: str | int, mend: str = "") -> None:
        self.problems.append(self.source.problem(message, (*self.path, *path), code="pack", mend=mend))
