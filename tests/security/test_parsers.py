"""Whatever is read from outside is taken, or refused as it says it would be: nothing makes a parser stumble."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from tests.security.parsers import HEADER, LEAVES, NOTE, PARSERS, SIGNER, TRACE, Parser, twisted

from remit.api.edge.watched import traceparent_of
from remit.api.pages import cursor_of, place_of
from remit.api.preconditions import seen_version
from remit.core.source import read_yaml
from remit.core.system import SeededRandom, ulid
from remit.identity.credential import matches, mint, parse
from remit.ledger.merkle import hashes_of, inclusion_proof, root_of
from remit.ledger.note import Signer, open_note, sign_note
from remit.ledger.tiles import WIDTH, tile_path, tile_place
from remit.ledger.verifier import Tampered, Unusable, VerifierKey, verify_inclusion

EXAMPLES, EXAMPLES_LONG = 40, 5_000
each_parser = pytest.mark.parametrize("parser", PARSERS.values(), ids=PARSERS)


@each_parser
def test_no_parser_stumbles(parser: Parser) -> None:
    feed(parser, EXAMPLES)


@pytest.mark.soak
@each_parser
def test_no_parser_stumbles_for_long(parser: Parser) -> None:
    feed(parser, EXAMPLES_LONG)


def feed(parser: Parser, examples: int) -> None:
    """Give a parser so many things to read; whatever it raises and has not declared is a failure."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(parser.given)
    def read(something: Any) -> None:
        with contextlib.suppress(*parser.refuses_with):
            parser.reads(something)

    read()


# What was written reads back, and nothing else does


short = settings(max_examples=EXAMPLES, deadline=None)


@short
@given(st.integers(0, 2**32 - 1), st.integers(0, 51), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_key_opens_as_it_was_minted_and_with_no_letter_changed(seed: int, place: int, letter: str) -> None:
    text, sha256 = mint("remit", ulid(seed, b"k" * 10), SeededRandom(seed))
    presented = parse("remit", text)
    assert presented is not None
    assert matches(presented, sha256)
    at = len("remit_") + 26 + 1 + place
    assert text[at] == letter or parse("remit", text[:at] + letter + text[at + 1 :]) is None


@short
@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_a_note_opens_as_it_was_signed(size: int, root: bytes, seed: bytes) -> None:
    signer = Signer("remit/test", seed)
    assert Signer.parse(signer.text) == signer
    assert VerifierKey.parse(signer.verifier.text) == signer.verifier
    assert open_note(sign_note(size, root, signer), signer.verifier) == ("remit/test", size, root)


@short
@given(twisted(NOTE))
def test_a_note_that_was_changed_claims_nothing_else(text: str) -> None:
    with contextlib.suppress(Unusable, Tampered):
        assert open_note(text, SIGNER.verifier) == ("remit/test", 5, root_of(LEAVES))


@short
@given(st.integers(1, 40), st.data())
def test_a_path_proves_its_leaf_at_its_place_in_its_tree_alone(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) * 32 for number in range(size)]
    index, elsewhere = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-2, 45))
    path, root = inclusion_proof(hashes_of(leaves), size, index), root_of(leaves)
    assert verify_inclusion(leaves[index], index, size, path, root)
    assert verify_inclusion(leaves[index], elsewhere, size, path, root) == (elsewhere == index)
    bent = data.draw(st.lists(st.sampled_from([*path, b"", b"\xff" * 32]), max_size=8))
    assert verify_inclusion(leaves[index], index, size, bent, root) == (bent == path)


@short
@given(st.integers(0, 10**18 - 1), st.integers(1, WIDTH))
def test_a_tile_is_found_at_its_path_and_at_no_other(number: int, width: int) -> None:
    path = tile_path(0, number, width).removeprefix("tile/0/")
    assert tile_place(path) == (number, width)
    assert tile_place(f"x000/{path}") is None


@short
@given(HEADER | twisted("x001/x234/067", "067.p/17"))
def test_a_path_that_is_read_is_the_one_that_is_written(path: str) -> None:
    place = tile_place(path)
    assert place is None or tile_path(0, *place) == f"tile/0/{path}"


@short
@example("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")
@given(twisted(TRACE, letters=st.characters(min_codepoint=33, max_codepoint=126)))
def test_a_trace_that_is_taken_up_is_one_to_whoever_collects_it(text: str) -> None:
    taken = traceparent_of({"traceparent": text})
    span = get_current_span(TraceContextTextMapPropagator().extract({"traceparent": text})).get_span_context()
    assert (None if taken is None else taken[3:35]) == (f"{span.trace_id:032x}" if span.is_valid else None)


@short
@given(st.integers(1, 10**9 - 1))
def test_a_version_is_read_as_it_is_shown(version: int) -> None:
    assert seen_version(f'"{version}"') == version


@short
@given(st.text(max_size=20), st.integers(-(2**53), 2**53), st.none() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_cursor_names_the_place_that_it_was_made_of(text: str, number: int, score: float | None) -> None:
    assert place_of(cursor_of(text, number, score), str, int, (float, type(None))) == [text, number, score]


@short
@given(PARSERS["JSON"].given)
def test_json_that_is_taken_reads_the_same_to_two_readers(body: bytes) -> None:
    with contextlib.suppress(*PARSERS["JSON"].refuses_with):
        PARSERS["JSON"].reads(body)
        assert orjson.loads(body) == json.loads(body)


@short
@given(
    st.dictionaries(st.text("abcdef -:#", max_size=8), st.none() | st.booleans() | st.integers(0, 9) | st.text("a1: #"))
)
def test_yaml_that_is_written_as_json_reads_as_it_does_there(value: dict[str, Any]) -> None:
    assert read_yaml(json.dumps(value), "f.yaml").data == value
