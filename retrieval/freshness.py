"""How old a document is, and whether it is in force, on the day of a decision (days are UTC days)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from remit.core.errors import InputError


def day_of(as_of: datetime) -> date:
    """The UTC day of an aware moment. Raises InputError when it is naive, because its day would be a guess."""
    if as_of.tzinfo is None:
        raise InputError(f"{as_of.isoformat()} has no time zone", mend="write it with an offset or a Z")
    return as_of.astimezone(UTC).date()


def age_days(valid_from: date, as_of: datetime) -> int:
    """Days from `valid_from` to `as_of`; negative when it is not in force yet."""
    return (day_of(as_of) - valid_from).days


def in_force(valid_from: date, valid_to: date | None, as_of: datetime) -> bool:
    """Whether the day of `as_of` lies between `valid_from` and `valid_to`, both inclusive."""
    return valid_from <= day_of(as_of) and (valid_to is None or day_of(as_of) <= valid_to)
