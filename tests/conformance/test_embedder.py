"""Every embedder keeps these promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from remit.adapters.embedding.model import MiniLmEmbedder
from remit.adapters.memory.embedder import HashingEmbedder
from remit.retrieval.ports import Embedder

TEXTS = ["a loan above 5,000", "steel", "", "the applicant pays the instalments " * 40, "a loan", "数据 🙂"]


@pytest.fixture(params=["memory", "minilm"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "memory":
        return HashingEmbedder()
    # Compiled once and kept with pytest's own cache; a damaged file would be noticed and made again.
    return MiniLmEmbedder(Path(request.config.cache.mkdir("models")))


def test_there_is_one_unit_row_of_float32_for_each_text(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), embedder.dimensions), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_company_in_a_batch_does_not_change_a_vector(embedder: Embedder) -> None:
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.abs(embedder.embed(TEXTS * 7)[: len(TEXTS)] - alone).max() < 1e-5


def test_the_same_text_gives_the_same_bytes(embedder: Embedder) -> None:
    assert embedder.embed(["a loan"]).tobytes() == embedder.embed(["a loan"]).tobytes()


def test_related_texts_are_nearer_than_unrelated_ones(embedder: Embedder) -> None:
    rule, question, other = embedder.embed(["the rule for a loan", "a rule for the loan", "steel has scratches"])
    assert rule @ question > rule @ other


def test_the_fingerprint_is_a_plain_name(embedder: Embedder) -> None:
    assert embedder.fingerprint == embedder.fingerprint
    assert embedder.fingerprint.replace("-", "").replace(".", "").isalnum()
