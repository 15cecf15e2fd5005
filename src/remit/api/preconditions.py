"""``ETag`` and ``If-Match`` (RFC 9110): who changes a thing says which version of it they saw."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Response

from remit.core.errors import InputError

IfMatch = Annotated[
    str | None,
    Header(max_length=100, description='The ETag of the version that was seen, such as `"3"`.', examples=['"3"']),
]
_VERSION = re.compile(r'"([1-9][0-9]{0,8})"')


def show_version(response: Response, version: int) -> None:
    """Let the answer say which version it shows."""
    response.headers["ETag"] = f'"{version}"'


def seen_version(if_match: str | None) -> int | None:
    """The version that was seen; None when nothing is said. Raises InputError for what no ETag of ours is."""
    if if_match is None:
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise InputError('If-Match names no one version, such as "3"', code="if_match", mend="send the ETag as it came")
    return int(found[1])


def version_that_must_be_said(if_match: str | None) -> int:
    """The version that was seen. Raises InputError with the code ``precondition_required`` when nothing is said."""
    version = seen_version(if_match)
    if version is None:
        raise InputError(
            "the If-Match header is missing: say which version you have seen",
            code="precondition_required",
            mend="look at it, and send its ETag as If-Match",
        )
    return version
