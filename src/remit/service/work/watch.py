"""Who has died: a worker whose signs of life do not move is dead once they have stood still for long enough."""

from __future__ import annotations

from collections.abc import Sequence

from remit.service.work.ports import Member


class Watch:
    """Watches the others' beats against the watcher's own steady time.

    What another machine's clock says does not count, and neither does a jump of this one's: a beat is a number that
    moves. A worker that was only slow loses nothing by being taken for dead: it enrols again, and fences and effect
    keys keep what it was doing from being done twice.

    Args:
        patience_seconds: how long a number may stand still.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._seen: dict[str, tuple[int, float]] = {}

    def silent(self, members: Sequence[Member], at_seconds: float) -> list[Member]:
        """Those of the members who have given no sign of life for too long.

        Args:
            at_seconds: the present moment of a time that never jumps, such as `time.monotonic`.
        """
        before, self._seen = self._seen, {}
        for member in members:
            beats, since = before.get(member.id, (None, at_seconds))
            self._seen[member.id] = (member.beats, since if beats == member.beats else at_seconds)
        return [member for member in members if at_seconds - self._seen[member.id][1] >= self._patience_seconds]
