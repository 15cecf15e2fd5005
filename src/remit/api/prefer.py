"""``Prefer``: how long a caller wants to wait (RFC 7240)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE = re.compile(r"""\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("[^"]*"|[^\s,;"]*))?\s*(?:;[^,]*)?""")


@dataclass(frozen=True, slots=True)
class Preference:
    """What a caller prefers: to be answered at once (`asynchronous`), or after so many seconds at most."""

    asynchronous: bool = False
    wait_seconds: int | None = None

    def applied(self, seconds: float) -> str | None:
        """What to say of it in ``Preference-Applied``, when so many seconds are waited."""
        words = ["respond-async"] if self.asynchronous else []
        if self.wait_seconds is not None:
            words.append(f"wait={int(seconds)}")
        return ", ".join(words) or None


def preference(headers: list[str]) -> Preference:
    """The preferences in these ``Prefer`` headers. What is not understood is no preference: so the RFC wants it."""
    found: dict[str, str] = {}
    for part in ",".join(headers)[:1_000].split(","):
        one = _ONE.fullmatch(part)
        if one is not None:
            found.setdefault(one.group(1).lower(), (one.group(2) or "").strip('"'))
    wait = found.get("wait", "")
    seconds = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < 10 else None
    return Preference("respond-async" in found, seconds)
