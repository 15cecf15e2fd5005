"""When the signed head goes to its place outside, and what is held against it before anything is added to the log."""

from __future__ import annotations

import time

from remit.core.errors import SystemFailed
from remit.ledger.chain import Head, broken
from remit.ledger.note import SignedHead, Signer, open_note, sign_note
from remit.ledger.ports import CheckpointSink
from remit.ledger.verifier import EMPTY_ROOT, Frontier, Tampered, Unusable

EVENTS_BETWEEN = 256
SECONDS_BETWEEN = 1.0


class Checkpointer:
    """Carries signed heads of committed events to the sink: after 256 events, after a second, and at the end.

    The note outside never names more events than are durable and never goes back. It is called by one writer at a
    time, while that one holds the store's writing lock.
    """

    def __init__(self, sink: CheckpointSink, signer: Signer) -> None:
        self._sink = sink
        self._signer = signer
        self._keys = [signer.verifier, *signer.earlier]
        self._written = 0
        self._written_at = time.monotonic()
        self._overdue: Head | None = None
        self._expected = False

    def begin(self, head: Head | None) -> None:
        """Hold the stored head against its own signature and the note outside; leave a first note for a new log.

        Raises:
            Corrupted: they do not fit, so the log, its head or the note was changed, cut off or removed.
            SystemFailed: the sink cannot be read or written.
        """
        if head is not None:
            self._check_stored(head)
        outside = self._outside()
        if outside is None:
            if head is not None:
                raise broken(f"the log has {head.size} events and the signed checkpoint is missing")
            self._sink.write(sign_note(0, EMPTY_ROOT, self._signer))
            return
        self._check_not_behind(head, outside)
        self._written = outside.size

    def committed(self, head: Head) -> None:
        """`head` is durable now. It is written when due; if that fails, `settle` says so before the next event."""
        if self._overdue is None and not self._expected and not self.due(head):
            return
        try:
            self.write(head)
        except SystemFailed:
            self._overdue = head

    @property
    def is_settled(self) -> bool:
        """Whether everything that was due is outside."""
        return self._overdue is None

    def settle(self) -> None:
        """Write what could not be written before.

        Raises:
            SystemFailed: it still cannot be; nothing may be appended.
        """
        if self._overdue is not None:
            self.write(self._overdue)

    def write(self, head: Head) -> None:
        """Write `head`, which is the newest there is, unless the note names it already.

        Raises:
            Corrupted: the note names more events than the log has.
            SystemFailed: the sink cannot be read or written.
        """
        outside = self._outside()
        if outside is None:
            raise broken("the signed checkpoint was removed while the log was in use")
        self._check_not_behind(head, outside)
        if outside.size < head.size:
            self._sink.write(head.note)
        self._written, self._written_at, self._overdue = head.size, time.monotonic(), None
        self._expected = False

    def expect(self) -> None:
        """Somebody asks for the next committed head to be written, due or not."""
        self._expected = True

    @property
    def is_expected(self) -> bool:
        """Whether somebody asks for it."""
        return self._expected

    def due(self, head: Head) -> bool:
        """Whether this head, once committed, will be written."""
        return head.size - self._written >= EVENTS_BETWEEN or time.monotonic() - self._written_at >= SECONDS_BETWEEN

    def signs_with(self, signer: Signer) -> None:
        """Another key has taken over; what the earlier one signed still holds."""
        self._signer = signer
        self._keys = [signer.verifier, *signer.earlier, *self._keys]

    def _outside(self) -> SignedHead | None:
        note = self._sink.read()
        return None if note is None else self._opened("signed checkpoint", note)

    def _opened(self, what: str, note: str) -> SignedHead:
        try:
            return open_note(note, *self._keys)
        except (Unusable, Tampered) as error:
            raise broken(f"the {what} does not hold: {error}") from error

    def _check_stored(self, head: Head) -> None:
        signed = self._opened("head of the log", head.note)
        folded = Frontier(head.size, list(head.frontier))
        if (signed.size, signed.root, signed.root) != (head.size, head.root, folded.root()):
            raise broken("the head of the log is not the one that was signed")

    def _check_not_behind(self, head: Head | None, outside: SignedHead) -> None:
        size, root = (head.size, head.root) if head else (0, EMPTY_ROOT)
        if outside.size > size:
            raise broken(f"the signed checkpoint names {outside.size} events, the log has {size}: its end was cut off")
        if outside.size == size and outside.root != root:
            raise broken(f"the log has other {size} events than the signed checkpoint names")
