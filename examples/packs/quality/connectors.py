"""What a disposition does on the shop floor: it releases, routes or scraps a plate. Here all go into a local book."""

from __future__ import annotations

from typing import Any

from remit.packs.connectors import Call, Duty, effect, obligation
from remit.packs.local_record import LocalRecord


def _floor(call: Call | Duty) -> LocalRecord:
    return LocalRecord(call.home / "plate_floor.db")


def find(call: Call) -> dict[str, Any] | None:
    """What was done under this key, if anything."""
    return _floor(call).find(call.key)


@effect("release_plate", idempotent=True, lookup=find)
def release_plate(call: Call) -> dict[str, Any]:
    """Release the plate to dispatch at a grade."""
    return _floor(call).write(call.key, "release", {"plate_id": call.case["plate_id"], "grade": call.args["grade"]})


@effect("route_plate", idempotent=True, lookup=find)
def route_plate(call: Call) -> dict[str, Any]:
    """Send the plate to a station: rework, or the inspection hold."""
    return _floor(call).write(call.key, "route", {"plate_id": call.case["plate_id"], "station": call.args["station"]})


@effect("scrap_plate", idempotent=True, lookup=find)
def scrap_plate(call: Call) -> dict[str, Any]:
    """Scrap the plate: it leaves the line for the melt shop."""
    return _floor(call).write(
        call.key, "scrap", {"plate_id": call.case["plate_id"], "reason_code": call.args["reason_code"]}
    )


@obligation("notify")
def notify(duty: Duty) -> dict[str, Any]:
    """Tell a department what was done. Under one key there is one note, however often this is called."""
    return _floor(duty).write(
        duty.key, "note", {"to": duty.to, "plate_id": duty.case["plate_id"], "action": duty.action}
    )
