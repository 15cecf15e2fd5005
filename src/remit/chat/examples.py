"""Questions that are known, by what they want: in `known/`, a file an intent, a line a question.

None of those that the suite holds back is among them. `the case`, `the decision`, `1000`, `monday` and `october` stand
for ids, numbers, days and months; see `remit.chat.intents.masked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

ELSEWHERE = "elsewhere"
"""What is none of the chat's business: questions nearer to these than to any other are not understood."""

_FOLDER = Path(__file__).parent / "known"
EXAMPLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {file.stem: tuple(file.read_text("utf-8").splitlines()) for file in sorted(_FOLDER.glob("*.txt"))}
)
