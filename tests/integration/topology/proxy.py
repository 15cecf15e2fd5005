"""A small reverse proxy for tests: each request goes to the next replica in turn, over a connection of its own.

It asks another replica only where nothing was sent to the first. Once a request was on its way, a replica that breaks
off is answered with 502, or, when part of the answer is through already, with a connection that ends too early: what
the replica did is not known, and whether to ask again is the client's to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Iterator, Sequence

HEAD_MAX = 65_536
_BAD = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BAD_GATEWAY = _BAD % b"502 Bad Gateway"
NO_REPLICA = _BAD % b"503 Service Unavailable"

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Round robin over replicas on loopback, by their ports."""

    def __init__(self, replicas: Sequence[int]) -> None:
        self._replicas = replicas
        self._turns = itertools.count()
        self.sent_to: dict[int, int] = dict.fromkeys(replicas, 0)
        """How many requests each replica was sent."""
        self.at_work: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the one request of a connection."""
        task = asyncio.current_task()
        assert task is not None
        self.at_work.add(task)  # the loop itself would let go of a task that waits
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._pass_on(reader, writer)
        finally:
            writer.close()
            self.at_work.discard(task)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await _request(reader)
        replica = await self._connected()
        if replica is None:
            writer.write(NO_REPLICA)
        elif not await _answered(request, replica, writer):
            writer.write(BAD_GATEWAY)
        await writer.drain()

    async def _connected(self) -> Link | None:
        first = next(self._turns)
        for turn in range(len(self._replicas)):
            port = self._replicas[(first + turn) % len(self._replicas)]
            with contextlib.suppress(OSError):
                link = await asyncio.open_connection("127.0.0.1", port)
                self.sent_to[port] += 1
                return link
        return None


async def _answered(request: bytes, replica: Link, writer: asyncio.StreamWriter) -> bool:
    """Whether any of an answer came, and was passed on."""
    from_replica, to_replica = replica
    began = False
    try:
        to_replica.write(request)
        await to_replica.drain()
        while piece := await from_replica.read(65_536):
            began = True
            writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        to_replica.close()
    return began


async def _request(reader: asyncio.StreamReader) -> bytes:
    """A request, head and body, as it is sent on: with the word that its connection is for it alone."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    named = [(line.partition(b":")[0].strip().lower(), line) for line in lines]
    length = next((int(line.partition(b":")[2]) for name, line in named if name == b"content-length"), 0)
    kept = [line for name, line in named if name not in (b"connection", b"keep-alive")]
    return b"\r\n".join([first, *kept, b"Connection: close", b"", await reader.readexactly(length)])


@contextlib.contextmanager
def proxy_before(replicas: Sequence[int], port: int = 0) -> Iterator[tuple[Proxy, int]]:
    """A proxy at work in a thread of its own; gives it and its port."""
    proxy, loop = Proxy(replicas), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxy")
    thread.start()

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(proxy.serve, "127.0.0.1", port, limit=HEAD_MAX, backlog=512)

    async def end(server: asyncio.Server) -> None:
        server.close()
        for task in (left := list(proxy.at_work)):
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await asyncio.sleep(0)  # what was closed is let go of in the next round

    try:
        server = asyncio.run_coroutine_threadsafe(begin(), loop).result()
        yield proxy, server.sockets[0].getsockname()[1]
        asyncio.run_coroutine_threadsafe(end(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
