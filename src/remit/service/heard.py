"""Models whose calls are told of, by the conventions for generative AI: for embedding, for proposing, and of language.

Names as of opentelemetry-semantic-conventions 0.66b2. Told are the model and counts; never what goes in or comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remit.agents.aids import LanguageModel
from remit.agents.tape import Prompt, Spoken
from remit.core.telemetry import Telemetry
from remit.learning.ports import OutcomeModel
from remit.retrieval.ports import Embedder, Vectors

PROVIDER = "remit"


class HeardEmbedder:
    """`Embedder` that tells of each call."""

    def __init__(self, embedder: Embedder, telemetry: Telemetry) -> None:
        self._embedder = embedder
        self._telemetry = telemetry

    @property
    def fingerprint(self) -> str:
        return self._embedder.fingerprint

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        said: dict[str, str | int] = {
            "gen_ai.operation.name": "embeddings",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": self._embedder.fingerprint,
            "gen_ai.embeddings.dimension.count": self._embedder.dimensions,
            "remit.texts": len(texts),
        }
        with self._telemetry.span(f"embeddings {self._embedder.fingerprint}", said):
            return self._embedder.embed(texts)


class HeardModel:
    """`OutcomeModel` that tells of each call."""

    def __init__(self, model: OutcomeModel, telemetry: Telemetry) -> None:
        self._model = model
        self._telemetry = telemetry
        self.sha256 = model.sha256

    def probabilities(self, features: Mapping[str, float | int | bool | str]) -> dict[str, float]:
        said = {
            "gen_ai.operation.name": "predict",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": self.sha256,
        }
        with self._telemetry.span("predict", said):
            return self._model.probabilities(features)


class HeardLanguageModel:
    """`LanguageModel` that tells of each call."""

    def __init__(self, model: LanguageModel, telemetry: Telemetry) -> None:
        self._model = model
        self._telemetry = telemetry

    def say(self, prompt: Prompt, seconds: float) -> Spoken:
        provider, _, name = prompt.model.partition(":")
        asked: dict[str, str | int | float | bool] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": name,
            "gen_ai.request.temperature": prompt.temperature,
            "gen_ai.request.max_tokens": prompt.answer_tokens_max,
        }
        with self._telemetry.span(f"chat {name}", asked) as span:
            spoken = self._model.say(prompt, seconds)
            tokens = {"gen_ai.usage.input_tokens": spoken.tokens_in, "gen_ai.usage.output_tokens": spoken.tokens_out}
            span.say({**tokens, **({"error.type": spoken.failed} if spoken.failed else {})})
        return spoken
