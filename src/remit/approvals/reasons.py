"""Reasons: nobody decides without saying why. A pack may list codes; a rejection then names one of them."""

from __future__ import annotations

from collections.abc import Mapping

from remit.core.errors import InputError
from remit.core.problems import did_you_mean

REASON_CHARACTERS_MIN = 3
REASON_CHARACTERS_MAX = 2_000


def checked_reason(reason: str) -> str:
    """A reason that says something, without the space around it. Raises InputError."""
    text = reason.strip()
    if not REASON_CHARACTERS_MIN <= len(text) <= REASON_CHARACTERS_MAX:
        raise InputError(
            f"a reason of {REASON_CHARACTERS_MIN} to {REASON_CHARACTERS_MAX} characters is required",
            code="reason",
            mend="say in a sentence why, with --reason",
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError("the reason is not valid text", code="reason", mend="write it in UTF-8")
    return text


def checked_code(code: str | None, known: Mapping[str, str], *, required: bool) -> str | None:
    """A reason code that the pack lists; None where none is given and none is required. Raises InputError."""
    listed = f"the pack lists: {', '.join(known)}" if known else "the pack lists none: leave it out"
    if code is None:
        if required and known:
            raise InputError("a reason code is required", code="reason_code", mend=f"give --code; {listed}")
        return None
    if code not in known:
        hint = "; ".join(filter(None, (did_you_mean(code, known), listed)))
        raise InputError(f"`{code}` is no reason code of this decision", code="reason_code", mend=hint)
    return code
