"""The shape of pack.yaml, as pydantic reads it. What is not written here is an error there."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.core.schema import ActionSchema, Record
from remit.core.schema import Field as SchemaField
from remit.core.source import Source, StrictModel, parse_model, read_yaml
from remit.packs.files import PackFiles
from remit.packs.review_rules import BulkCaps, Money, ReviewRules, WorkingHours

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Cel = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Metadata(StrictModel):
    """Who answers for the pack."""

    name: Slug
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    owner: Text
    department: Text
    description: str = ""


class ItemModel(StrictModel):
    """What an array holds: texts."""

    type: Literal["string"]


class ArgModel(StrictModel):
    """One argument of an action, in the words of JSON Schema."""

    type: Literal["integer", "number", "string", "boolean", "array"]
    items: ItemModel | None = None
    minimum: float | int | None = None
    maximum: float | int | None = None
    enum: list[str] = []
    maxItems: Annotated[int, Field(ge=1)] | None = None
    required: bool = True
    description: str = ""


class ActionModel(StrictModel):
    """One thing that agents may propose. Without `effect` it is advice: nothing happens in the world."""

    name: Word
    effect: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*:[a-z_][a-z0-9_]*$")] | None = None
    risk: Literal["low", "medium", "high"] = "medium"
    reversible: bool = True
    args: dict[Word, ArgModel] = {}

    def action_schema(self) -> ActionSchema:
        """The action as contracts see it."""
        fields = tuple(
            SchemaField(
                name=name,
                type="strings" if arg.type == "array" else arg.type,
                required=arg.required,
                values=tuple(arg.enum),
                minimum=arg.minimum,
                maximum=arg.maximum,
                max_items=arg.maxItems,
                description=arg.description,
            )
            for name, arg in self.args.items()
        )
        args = Record(f"Args_{self.name}", fields)
        return ActionSchema(self.name, args, self.risk, self.reversible, self.effect is not None)


class NeedModel(StrictModel):
    """Evidence that this decision has to rest on."""

    need: Word
    query: Text
    when: Cel | None = None
    min_sources: Annotated[int, Field(ge=1, le=10)] = 1
    trusted: bool = True
    max_age_days: Annotated[int, Field(ge=1)] | None = None
    min_similarity: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5


class ModelRefModel(StrictModel):
    """A trained proposer, named by the SHA-256 of its ONNX file."""

    file: Annotated[str, StringConstraints(pattern=r"^models/[a-z0-9_.-]+\.onnx$")]
    sha256: Sha256


class RuleModel(StrictModel):
    """One row of the rules proposer."""

    action: Word
    when: Cel | None = None
    args: dict[Word, Cel] = {}
    confidence: Annotated[float, Field(ge=0.0, le=1.0, strict=False)] = 0.5
    reason: Text


class ProposerModel(StrictModel):
    """How an action is proposed. The rules are always there: they are what a model falls back to."""

    strategy: Literal["rules", "model"]
    model: ModelRefModel | None = None
    features: list[Word] = []
    args: dict[Word, dict[Word, Cel]] = {}
    rules: Annotated[list[RuleModel], Field(min_length=1)]


class OutcomeModel(StrictModel):
    """What is learnt later, and what it is worth."""

    name: Word
    type: Literal["boolean", "string"]
    values: list[str] = []
    horizon_days: Annotated[int, Field(ge=0)]
    reward: Cel


class FairnessModel(StrictModel):
    """Attributes that no feature, query, rule of proposal or argument may read."""

    protected: list[Word] = []
    metric: Literal["four_fifths"] = "four_fifths"
    floor: Annotated[float, Field(ge=0.0, le=1.0, strict=False)] = 0.8


WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _is_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a time zone such as Europe/Berlin, but is `{name[:40]}`") from None
    return name


class HoursModel(StrictModel):
    """When people work: the days, from when to when, where, and the holidays."""

    zone: Annotated[str, AfterValidator(_is_zone)]
    days: Annotated[list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]], Field(min_length=1)] = [
        *("mon", "tue", "wed", "thu", "fri")
    ]
    opens: Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    closes: Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
    holidays: list[Annotated[str, AfterValidator(_is_day)]] = []

    @model_validator(mode="after")
    def _in_order(self) -> HoursModel:
        if self.closes <= self.opens:
            raise ValueError("`closes` must be later than `opens`")
        return self

    def hours(self) -> WorkingHours:
        days = tuple(sorted({WEEK.index(day) for day in self.days}))
        holidays = tuple(sorted({date.fromisoformat(day) for day in self.holidays}))
        return WorkingHours(self.zone, days, _minute(self.opens), _minute(self.closes), holidays)


def _minute(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return int(hours) * 60 + int(minutes)


class BulkModel(StrictModel):
    """What one word may decide at most."""

    reviews_max: Annotated[int, Field(ge=2, le=1_000)]
    amount_max: Annotated[int, Field(ge=0)] | None = None


class ReviewsModel(StrictModel):
    """How the reviews of a decision are worked on."""

    money: Annotated[str, StringConstraints(pattern=r"^(args|case)\.[a-z][a-z0-9_]*$")] | None = None
    reasons: dict[Word, Text] = {}
    hours: HoursModel | None = None
    bulk: BulkModel | None = None
    verdict_hidden_first: bool = False

    def rules(self) -> ReviewRules:
        """The same as the rooms above see it."""
        where, _, name = (self.money or "").partition(".")
        return ReviewRules(
            money=Money("args" if where == "args" else "case", name) if name else None,
            reasons=dict(self.reasons),
            hours=self.hours.hours() if self.hours else None,
            bulk=BulkCaps(self.bulk.reviews_max, self.bulk.amount_max) if self.bulk else None,
            verdict_hidden_first=self.verdict_hidden_first,
        )


class RetentionModel(StrictModel):
    """How long the cases of a decision are kept. Without it they are kept until somebody erases them."""

    name: Annotated[Word, Field(alias="class")]
    keep_days: Annotated[int, Field(ge=1)]


class ExplorationModel(StrictModel):
    """How often another action than the best is tried, and what that may cost on one day, in units of the reward."""

    floor: Annotated[float, Field(gt=0.0, le=0.5)]
    loss_day_max: Annotated[float, Field(gt=0.0, le=1e9)]


class LearningModel(StrictModel):
    """How a decision learns. `holdout` is the share of subjects whom nothing that was learnt ever reaches; without
    `exploration` the best action is always taken.
    """

    holdout: Annotated[float, Field(ge=0.0, le=0.5)] = 0.0
    exploration: ExplorationModel | None = None


class DecisionModel(StrictModel):
    """One decision that the pack makes."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
    question: Text
    case: str
    policy: str
    subject: Annotated[str, StringConstraints(pattern=r"^case\.[a-z][a-z0-9_]*$")]
    autonomy: Literal["shadow", "advise", "approve_all", "act"]
    actions: Annotated[list[ActionModel], Field(min_length=1)]
    features: dict[Word, Cel] = {}
    evidence: list[NeedModel] = []
    proposer: ProposerModel
    outcome: OutcomeModel
    kpis: list[dict[str, Any]] = []
    fairness: FairnessModel = FairnessModel()
    reviews: ReviewsModel = ReviewsModel()
    retention: RetentionModel | None = None
    learning: LearningModel = LearningModel()


class PackModel(StrictModel):
    """pack.yaml as a whole."""

    apiVersion: Literal["remit/v1"]
    kind: Literal["Pack"]
    metadata: Metadata
    decisions: Annotated[list[DecisionModel], Field(min_length=1)]


def read_manifest(files: PackFiles) -> tuple[Source, PackModel]:
    """pack.yaml, as text with places and as a model.

    Raises:
        SourceError: it is not there, or has problems.
    """
    text = files.text("pack.yaml")
    if text is None:
        raise SourceError([Problem("there is no pack.yaml, or it is not UTF-8 text", files.label("pack.yaml"))])
    source = read_yaml(text, files.label("pack.yaml"))
    return source, parse_model(PackModel, source)
