"""Who is decided by which model: a place between 0 and 1 for each subject, by a hash with a salt.

The same subject has the same place for as long as the salt stays, and an arm is a share of the places from 0 on. So a
subject never changes sides while a share grows, and a growing share only adds subjects. Another salt shuffles anew:
what one rollout tried on a subject says nothing of who is tried on next.
"""

from __future__ import annotations

from typing import Literal

from remit.core.canonical import digest

Arm = Literal["champion", "challenger"]

_DIGITS = 13
"""Hexadecimal digits of a place: 52 bits, which a float holds exactly."""


def place_of(subject: str, salt: str) -> float:
    """Where a subject stands, from 0 to below 1, uniform over subjects."""
    return float(int(digest([salt, subject])[:_DIGITS], 16)) / 16.0**_DIGITS


def arm_of(subject: str, salt: str, share: float) -> Arm:
    """Which model decides for a subject while the challenger has this share (0 to 1) of all subjects.

    A case without a subject is the champion's: it could not be kept to one arm.
    """
    return "challenger" if subject and place_of(subject, salt) < share else "champion"
