"""A prompt version: everything that makes a language model's proposals what they are, named by its SHA-256.

The template, the examples that are shown, the model's name, and its parameters with the budgets of one proposal.
Another word in any of them is another version. It stands on a trained model, its `base`: what that proposes counts
where the language model is not heeded, and how sure a proposal is, only that model says.

Of an example nothing is kept but the declared features and the action: no id, no subject, no reason.
"""

from __future__ import annotations

import functools
import string
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson

from remit.core.canonical import decimals_as_text, recorded_bytes, sha256_hex
from remit.core.errors import InputError

FORMAT = 1
KIND = "prompt"
PLACES = ("decision", "question", "actions", "examples")
"""What a template may have put in: ``$question`` and so on. Cases and passages never are part of it."""
TEMPLATE_CHARACTERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """How the model is asked, and the budget of one proposal: its steps, its time and its tokens, both ways."""

    temperature: float = 0.0
    answer_tokens_max: int = 600
    tokens_max: int = 12_000
    seconds_max: float = 20.0
    steps_max: int = 2

    def __post_init__(self) -> None:
        positive = (self.answer_tokens_max, self.tokens_max, self.seconds_max, self.steps_max)
        if min(positive) <= 0 or not 0.0 <= self.temperature <= 2.0 or self.steps_max > 5:
            raise InputError("these are no parameters to ask a language model by", code="prompt")


@dataclass(frozen=True, slots=True)
class Shown:
    """An example as it is shown: the features of a case, and the action that was right."""

    features: Mapping[str, Any]
    action: str


@dataclass(frozen=True)
class PromptVersion:
    """A prompt version. `examples_sha256` names the file that the examples were taken from, `base` the trained model.

    Raises:
        InputError: the template names something that is not put in, or leaves the actions out.
    """

    pack: str
    decision: str
    template: str
    model: str
    base: str
    examples_sha256: str
    examples: tuple[Shown, ...] = ()
    parameters: Parameters = Parameters()

    def __post_init__(self) -> None:
        template = string.Template(self.template)
        named = set(template.get_identifiers())
        unknown = sorted(named - set(PLACES))
        if not template.is_valid():
            raise InputError("the template has a $ that names nothing", code="prompt", mend="write $$ for a $")
        if unknown or "actions" not in named or len(self.template) > TEMPLATE_CHARACTERS_MAX:
            what = f"knows no ${unknown[0]}" if unknown else "has to name $actions, and to be short"
            raise InputError(f"the template {what}", code="prompt", mend=f"it may name ${', $'.join(PLACES)}")

    def filled(self, values: Mapping[str, str]) -> str:
        """The template with its places filled."""
        return string.Template(self.template).substitute(values)

    @functools.cached_property
    def data(self) -> bytes:
        """The artefact: canonical JSON."""
        said = {"format": FORMAT, "kind": KIND, **asdict(self)}
        return recorded_bytes(said)

    @property
    def sha256(self) -> str:
        """What names it."""
        return sha256_hex(self.data)


def is_prompt(data: bytes) -> bool:
    """Whether an artefact is a prompt version, and not an ONNX model."""
    return data.startswith(b"{")


def read_prompt(data: bytes) -> PromptVersion:
    """The prompt version of an artefact. Raises InputError."""
    try:
        said = orjson.loads(data)
        if (said.pop("format"), said.pop("kind")) != (FORMAT, KIND):
            raise InputError("this is no prompt version of a known format", code="prompt")
        kinds: dict[str, Any] = {each.name: {"float": float, "int": int}[str(each.type)] for each in fields(Parameters)}
        parameters = {name: kinds[name](value) for name, value in said.pop("parameters").items()}
        examples = tuple(Shown(each["features"], each["action"]) for each in said.pop("examples"))
        return PromptVersion(**said, examples=examples, parameters=Parameters(**parameters))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"this is no prompt version: {error}", code="prompt") from error


def shown_of(lessons: Sequence[Mapping[str, Any]], features: Sequence[Mapping[str, Any]]) -> tuple[Shown, ...]:
    """Lines of examples.jsonl with the features of each, as they are shown."""
    return tuple(
        Shown(decimals_as_text(dict(own)), each["action"]["name"]) for each, own in zip(lessons, features, strict=True)
    )
