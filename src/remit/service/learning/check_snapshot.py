"""Check a snapshot: is it what was made, and may anything be learnt from it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from remit.core.errors import Refused
from remit.learning.check import check
from remit.learning.snapshot import MadeSnapshot, Shape
from remit.service.learning.forget import forget_erased
from remit.service.learning.shown import find_snapshot
from remit.service.learning.take_snapshot import files_of
from remit.service.services import Services


def check_snapshot(services: Services, name: str) -> dict[str, Any]:
    """The report of `remit.learning.check.check`, under the snapshot's `sha256`. Raises as `verified`."""
    made = verified(services, name)
    return {"sha256": made.sha256, **check(Shape.from_json(made.manifest["schema"]), rows_of(services, made))}


def verified(services: Services, name: str) -> MadeSnapshot:
    """A snapshot whose rows are here, and are those that were made.

    Raises:
        NotFound, InputError: there is no such snapshot, or its rows are elsewhere.
        Refused: it was retired.
        Corrupted: its rows are not those that were made.
    """
    files = files_of(services)
    forget_erased(services)
    made = find_snapshot(services, name)
    if made.retired_at is not None:
        raise Refused(
            "this snapshot was retired, for somebody in it was erased",
            code="retired",
            mend=f"take {made.replaced_by}" if made.replaced_by else "make another one",
        )
    files.verify(made.sha256)
    return made


def rows_of(services: Services, made: MadeSnapshot) -> Iterator[Mapping[str, Any]]:
    """The rows of a snapshot, one by one."""
    return (row for some in files_of(services).rows(made.sha256) for row in some)
