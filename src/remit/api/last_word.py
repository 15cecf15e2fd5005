"""A connection that is closed while somebody still talks: they hear why, and then it is closed.

Bytes that came and that nobody read make a kernel reset a connection that is closed, and a reset throws away the answer
that is on its way (RFC 9112, section 9.6). So our side says that it has ended, and throws away what still comes: for a
while only, and keeping none of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

LINGER_SECONDS = 2.0
"""How long is listened at most to somebody who does not hear that it is over."""


class LastWord:
    """A transport as uvicorn uses one. Whoever receives asks `over`: what comes then is not for them.

    Args:
        talking: whether the other side may not have come to the end of what it was saying.
    """

    def __init__(
        self, transport: asyncio.Transport, talking: Callable[[], bool], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._transport = transport
        self._talking = talking
        self._loop = loop
        self.over = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self.over:
            self._transport.write(data)

    def is_closing(self) -> bool:
        return self.over or self._transport.is_closing()

    def close(self) -> None:
        if self.is_closing():
            return
        if not self._talking() or not self._transport.can_write_eof():
            self._transport.close()
            return
        self.over = True
        self._transport.write_eof()
        self._transport.resume_reading()
        self._loop.call_later(LINGER_SECONDS, self._transport.close)
