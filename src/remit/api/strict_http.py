"""HTTP/1.1 read to the letter: what a proxy in front could read otherwise is no request (RFC 9112, section 11.2).

h11 is forgiving where the RFC lets it be: it takes LF for a line's end, joins folded lines, and prefers chunks to a
length that is given besides. Whoever stands in front may decide otherwise, and then what is one request to them is two
to us. So a head that can be read in two ways is answered with 400, and the connection is closed. Whoever is refused
before they have said all hears it: see `last_word`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

import h11
from h11._receivebuffer import ReceiveBuffer
from uvicorn.protocols.http.h11_impl import H11Protocol

from remit.api.last_word import LastWord
from remit.api.problems import problem

SAID_ONCE = (b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"transfer-encoding")
"""Fields of which there is one: of two, one reader takes the first and another the last."""

_LENGTH, _CODING = b"content-length", b"transfer-encoding"
_VERSIONS = (b"1.0", b"1.1")


class StrictHttp(H11Protocol):
    """uvicorn's protocol on h11, strict about heads, and with a limit on how long one may take to come.

    Args:
        head_seconds: after this long without a whole head the connection is closed.
    """

    def __init__(self, *args: Any, head_seconds: float, **named: Any) -> None:
        super().__init__(*args, **named)
        # h11 offers no other place where a head can be seen as it came.
        self.conn._receive_buffer = _StrictLines()
        self._head_seconds = head_seconds
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own does
        self._last = LastWord(transport, self._is_cut_short, self.loop)
        super().connection_made(cast("asyncio.Transport", self._last))
        self._be_patient()

    def data_received(self, data: bytes) -> None:
        if self._last.over:
            return
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._be_patient()
        else:
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer to what is no request; uvicorn knows no other word for it."""
        if len(self.conn._receive_buffer) > self.conn._max_incomplete_event_size:
            most = self.conn._max_incomplete_event_size
            told = problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", f"at most {most} bytes")
        else:
            told = problem(HTTPStatus.BAD_REQUEST, "http", "this is no HTTP that can be read in one way only")
        headers = [*told.raw_headers, (b"connection", b"close")]
        for event in (
            h11.Response(status_code=told.status_code, headers=headers),
            h11.Data(data=bytes(told.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _is_cut_short(self) -> bool:
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR)

    def _be_patient(self) -> None:
        """Wait for a head; one that comes byte by byte gets no more time for each."""
        if self._patience is None:
            self._patience = self.loop.call_later(self._head_seconds, self.transport.close)

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class _StrictLines(ReceiveBuffer):
    """What was received; heads and trailers are looked at as they are taken out of it."""

    def __init__(self) -> None:
        super().__init__()
        self._taken = bytearray()

    def _extract(self, count: int) -> bytearray:
        self._taken = super()._extract(count)
        return self._taken

    def maybe_extract_lines(self) -> list[bytearray] | None:
        lines = super().maybe_extract_lines()
        if lines is not None and not _has_one_reading(bytes(self._taken), [bytes(line) for line in lines]):
            raise h11.RemoteProtocolError("a head that can be read in two ways", error_status_hint=400)
        return lines


def _has_one_reading(raw: bytes, lines: Sequence[bytes]) -> bool:
    """Whether a head (or the trailers of a body in chunks) means the same to everybody."""
    if not raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n"):
        return False
    if any(line[:1] in (b" ", b"\t") for line in lines):
        return False
    said = [(name.lower(), value) for name, _, value in (line.partition(b":") for line in lines[1:])]
    times = Counter(name for name, _ in said)
    if any(times[name] > 1 for name in SAID_ONCE) or any(name == _LENGTH and b"," in value for name, value in said):
        return False
    version = lines[0].rpartition(b" HTTP/")[2] if lines and b" HTTP/" in lines[0] else b"1.1"
    if times[_CODING] and (times[_LENGTH] or version == b"1.0"):
        return False
    return version in _VERSIONS
