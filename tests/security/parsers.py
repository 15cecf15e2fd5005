"""Everything that reads what strangers write: what it is given, and the one way in which it may refuse it."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import TypeAdapter, ValidationError

from remit.api.body import Moment
from remit.api.edge.json_bounds import hold_bounds
from remit.api.edge.watched import request_id_of, traceparent_of
from remit.api.pages import cursor_of, place_of
from remit.api.preconditions import seen_version
from remit.api.prefer import preference
from remit.core.errors import InputError, Refused, SourceError
from remit.core.source import read_yaml
from remit.core.system import SeededRandom, ulid
from remit.identity.credential import mint, parse
from remit.ledger.merkle import hashes_of, inclusion_proof, leaf_hash, root_of
from remit.ledger.note import Signer, open_note, sign_note, sign_rotation, signed_by
from remit.ledger.tiles import tile_place
from remit.ledger.verifier import Tampered, Unusable, VerifierKey, next_key, verify_export, verify_proof
from remit.service.calls.cursor import Cursor, read, written
from remit.service.calls.once import check_key
from remit.webhooks.addresses import Target, chosen, target_of
from remit.webhooks.signing import NotVerified, headers_of, verify

_TELLING = "\ud800\udfff\x00\n\r\t\x85\u2028\ufeff+/=_-.,:;\"'\\{}[]%\u00b2\u0663"
# Mapped, because hypothesis would make one set of both and these would be as rare as any other.
ANY = st.characters(exclude_categories=()) | st.sampled_from(_TELLING).map(str)
"""Every code point, half characters too: what came as JSON may hold them. Some are likelier, being of consequence."""

TEXT = st.text(ANY, max_size=80)
HEADER = st.binary(max_size=80).map(lambda raw: raw.decode("latin-1"))
"""A header's value, as servers hand it on."""

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@st.composite
def twisted(draw: st.DrawFn, *good: str, letters: SearchStrategy[str] = ANY) -> str:
    """Something good with a few places cut out, doubled or overwritten."""
    text = draw(st.sampled_from(good))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        between = draw(st.one_of(st.text(letters, max_size=6), st.just(text[start:end] * 2)))
        text = text[:start] + between + text[end:]
    return text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def twisted_json(draw: st.DrawFn, *good: Any) -> str:
    """Something good with a few of its values exchanged for others, or left out."""
    value = {"it": copy.deepcopy(draw(st.sampled_from(good)))}
    for _ in range(draw(st.integers(0, 3))):
        into: Any = value
        name: Any = "it"
        while isinstance(into[name], dict | list) and into[name] and draw(st.integers(0, 3)):
            into = into[name]
            name = draw(st.sampled_from(sorted(into) if isinstance(into, dict) else range(len(into))))
        into[name] = copy.deepcopy(draw(st.one_of(JSON, TEXT, st.sampled_from(good))))
    return json.dumps(value["it"])


# What is good

SIGNER, LATER = Signer("remit/test", bytes(range(32))), Signer("remit/test", b"n" * 32)
BODIES = [json.dumps({"seq": seq, "log_id": "remit/test", "type": "test", "body": {}}) for seq in range(5)]
LEAVES = [leaf_hash(body.encode()) for body in BODIES]
NOTE = sign_note(5, root_of(LEAVES), SIGNER)
ROTATION = sign_rotation(SIGNER, LATER.verifier)
PROOF = {
    "v": 1,
    "checkpoint": NOTE,
    "rotations": [ROTATION],
    "events": [
        {"seq": seq, "body": BODIES[seq], "path": [each.hex() for each in inclusion_proof(hashes_of(LEAVES), 5, seq)]}
        for seq in (0, 4)
    ],
}
GROWTH = {"v": 1, "old": NOTE, "checkpoint": NOTE, "rotations": [], "path": []}
LINES = [{"seq": seq, "leaf": LEAVES[seq].hex(), "body": body} for seq, body in enumerate(BODIES)]
KEY, _ = mint("remit", ulid(1, b"k" * 10), SeededRandom(1))
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
MESSAGE = '{"type": "decision.final", "data": {}}'
SIGNED = headers_of("msg-1", MESSAGE.encode(), [SECRET], NOW)
OF = {"pack": "desk"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CONTRACT = "policy: desk\nrules:\n  - name: small\n    when: 'case.amount_cents < 5'\n    effect: allow # yes\n"
ODD = "a: &x [1, {b: *x}]\n<<: !!set {? c, ? d}\n...\n---\n%TAG ! tag:x,2000:\n? |\n  k\n: >-\n  v\n"
FLOW = '{"a": [1, 2.5e3, 0x1F, "\\u00e9\\x41", \'it\'\'s\', ~], "b": {c: {d: []}}}\n'
_moment: TypeAdapter[Any] = TypeAdapter(Moment)
_shop = Target("https", "shop.example", 443, "/")


@dataclass(frozen=True)
class Parser:
    """A reader, what it is given, and what it may raise; nothing, where what it does not take is no error."""

    given: SearchStrategy[Any]
    reads: Callable[[Any], object]
    refuses_with: tuple[type[Exception], ...] = ()


def _webhook(given: tuple[str, dict[str, str]]) -> object:
    return verify(given[0], given[1], SECRET, now=NOW)


def _export(given: tuple[list[str], str, str]) -> object:
    return verify_export(*given)


def _bounds(body: bytes) -> None:
    hold_bounds(body, depth_max=8, number_max=40)


_headers = st.fixed_dictionaries({}, optional={name: twisted(value) for name, value in SIGNED.items()})
_brackets = st.lists(st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\", b"\\u", b"d800", b":", b",", b"1", b"e9"]))

PARSERS: dict[str, Parser] = {
    "YAML": Parser(TEXT | twisted(CONTRACT, ODD, FLOW), lambda text: read_yaml(text, "contract.yaml"), (SourceError,)),
    "an API key": Parser(HEADER | twisted(KEY), lambda text: parse("remit", text)),
    "a session's token": Parser(HEADER | twisted(KEY), lambda text: parse("remitsession", text)),
    "a webhook's message": Parser(
        st.tuples(TEXT | twisted(MESSAGE), _headers | st.just(SIGNED)), _webhook, (NotVerified,)
    ),
    "a webhook's secret": Parser(
        TEXT | twisted(SECRET), lambda text: headers_of("msg-1", b"{}", [text], NOW), (InputError,)
    ),
    "a webhook's URL": Parser(
        TEXT | twisted("https://shop.example:8443/a?b=%20", "https://[2606:2800::1]/", "https://1.2.3.4/"),
        target_of,
        (InputError,),
    ),
    "a webhook's URL on this machine": Parser(
        TEXT | twisted("http://localhost:80/", "http://[::1]:9/", "http://127.0.0.1/"),
        lambda text: target_of(text, local=True),
        (InputError,),
    ),
    "what a name leads to": Parser(
        st.lists(TEXT | twisted("93.184.216.34", "fe80::1%eth0", "::ffff:1.2.3.4"), max_size=3),
        lambda addresses: chosen(addresses, _shop),
        (Refused,),
    ),
    "a signed note": Parser(
        TEXT | twisted(NOTE, ROTATION), lambda text: open_note(text, SIGNER.verifier), (Unusable, Tampered)
    ),
    "a change of keys": Parser(
        TEXT | twisted(NOTE, ROTATION), lambda text: next_key(text, SIGNER.verifier), (Unusable, Tampered)
    ),
    "who signed a note": Parser(TEXT | twisted(NOTE, ROTATION), lambda text: signed_by(text, "remit/test")),
    "a public key": Parser(TEXT | twisted(SIGNER.verifier.text), VerifierKey.parse, (Unusable,)),
    "a private key": Parser(TEXT | twisted(SIGNER.text), Signer.parse, (Unusable,)),
    "a proof": Parser(
        TEXT | twisted(json.dumps(PROOF)) | twisted_json(PROOF, GROWTH),
        lambda text: verify_proof(text, SIGNER.verifier.text),
        (Unusable, Tampered),
    ),
    "an export": Parser(
        st.tuples(
            st.lists(twisted_json(*LINES), max_size=6) | st.just([json.dumps(each) for each in LINES]),
            twisted(NOTE),
            twisted(SIGNER.verifier.text),
        ),
        _export,
        (Unusable, Tampered),
    ),
    "a tile's path": Parser(HEADER | twisted("x001/x234/067", "067.p/17"), tile_place),
    "a traceparent": Parser(HEADER | twisted(TRACE), lambda text: traceparent_of({"traceparent": text})),
    "a request's id": Parser(HEADER | twisted(TRACE), lambda text: request_id_of({"x-request-id": text})),
    "an Idempotency-Key": Parser(HEADER | TEXT, check_key, (InputError,)),
    "an If-Match": Parser(HEADER | twisted('"3"', 'W/"3"', "*"), seen_version, (InputError,)),
    "a Prefer": Parser(st.lists(HEADER | twisted("respond-async, wait=7; a=b"), max_size=3), preference),
    "a cursor of decisions": Parser(
        TEXT | twisted(written(Cursor(ulid(1, b"d" * 10)), OF)), lambda text: read(text, OF), (InputError,)
    ),
    "a cursor of reviews": Parser(
        TEXT | twisted(cursor_of("a", "b", 1.5)), lambda text: place_of(text, str, str, (float, int)), (InputError,)
    ),
    "a time": Parser(TEXT | twisted("2026-12-01T08:00:00.5+01:00"), _moment.validate_python, (ValidationError,)),
    "JSON": Parser(
        st.binary(max_size=80)
        | _brackets.map(b"".join)
        | JSON.map(lambda value: json.dumps(value).encode())
        | twisted('{"a": [1, 2.5e3, "\\ud83d\\ude00"]}').map(lambda text: text.encode("utf-8", "surrogatepass")),
        _bounds,
        (InputError,),
    ),
}
