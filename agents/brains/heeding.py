"""Whether a language model was heeded, as a proposal says it. The guard, the rivals and a replay read it there.

Why it was not: it did not answer as it should (`late`, `language_model`, `malformed`, `budget`, `not_on_tape`,
`not_set`), or it answered what a person should know of (`PERSON`): it refused or could not tell, wanted what is not
permitted here, or said what nothing that it cites bears out. Either way the declared brain's proposal counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HEEDED = "heeded"
PERSON = frozenset({"refused", "unsure", "unpermitted", "uncited", "ungrounded"})
"""Nothing of this is carried out before a person has looked: it is what a model does that was led astray."""

_NOT_HEEDED = re.compile(r"The language model was not heeded \((?P<code>[a-z_]+)\); this is the declared proposal\.")


def note(code: str) -> str:
    """The reason that says so."""
    return f"The language model was not heeded ({code}); this is the declared proposal."


def not_heeded(proposal: Mapping[str, Any]) -> str | None:
    """The code of why the language model was not heeded; None where it was, or where there is none."""
    said = (_NOT_HEEDED.fullmatch(reason) for reason in proposal["reasons"])
    return next((match["code"] for match in said if match), None)
