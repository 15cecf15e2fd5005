"""What was said of time or of amounts and was not read. Were it dropped, the answer would be wider than asked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from remit.chat.calendar import DAYS, MONTHS
from remit.chat.cardinals import SCALES
from remit.chat.comparing import COMPARATIVES
from remit.chat.tokens import Reach, blanked

_UNITS = r"minutes?|hours?|days?|weeks?|fortnights?|weekends?|months?|quarters?|years?|decades?|centur(?:y|ies)"
_TIMES = (
    rf"(?:{'|'.join(each for each in MONTHS if each not in ('may', 'march'))})|(?:{'|'.join(DAYS)})s?|{_UNITS}|"
    r"yesterday|today|tomorrow|tonight|overnight|noon|midday|midnight|mornings?|afternoons?|evenings?|nights?|ago|since|"
    r"until|till|during|lunchtime|christmas|easter|new year|spring|summer|autumn|winter|q[1-4]|h[12]"
)
_THAN = "|".join(sorted(COMPARATIVES))
_AMOUNTS = (
    rf"(?:{'|'.join(SCALES)})s?|(?:{_THAN}) than|above|below|exceed(?:s|ed|ing)?|at (?:least|most)|"
    r"(?:bigger|larger|smaller|cheaper|longer|shorter|thicker|thinner|older|younger)"
)
_NUMBER = r"[\w.,/'’:€$£%-]*[0-9][\w.,/'’:€$£%-]*"
_CODE = r"[^\W\d_]+(?:_[^\W_]+)+"
CODE = re.compile(_CODE)
_SPEAKS = re.compile(rf"(?<![\w-])(?:{_NUMBER}|{_CODE}|{_TIMES}|{_AMOUNTS})(?!\w)", re.IGNORECASE)
_LAYOUT = re.compile(
    r"\b(?:(?:per|by|each|every|a|for each|for every|and) (?:day|week|month)(?: by (?:day|week|month))?|"
    r"(?:day|week|month)(?:-| )(?:by|over|to)(?:-| )(?:day|week|month)|of the day)\b",
    re.IGNORECASE,
)
"""How figures are laid out, which narrows nothing."""

_QUALIFYING = re.compile(
    r"(?:\b(?:the|last|next|past|previous|this|that|these|early|late|mid|end of|start of|beginning of|since|until|"
    r"before|after|between|from|in|on|about|around|roughly|nearly|almost|over|under|above|below|more than|less than|"
    r"at least|at most|not|no|every|first|second|third|a|an|of|half|few|couple|several|two|three|four|five|six|ten|"
    r"twelve|[0-9]+)\s+){1,4}$",
    re.IGNORECASE,
)


def unread_in(text: str, read: Iterable[Reach], *, figures: bool = False) -> str | None:
    """The first words of a text that speak of a time or an amount outside of what was read; None where there are none.

    `figures`: by day and per month only say how they are laid out.
    """
    rest = blanked(text, read)
    if figures:
        rest = _LAYOUT.sub(lambda match: " " * len(match[0]), rest)
    match = _SPEAKS.search(rest)
    if match is None:
        return None
    led = _QUALIFYING.search(rest[: match.start()])
    start, end = led.start() if led else match.start(), match.end()
    while following := re.match(
        rf"\s+(?:(?:and|to)\s+)?(?:{_NUMBER}|{_TIMES}|of|before|after|that|the|last|this|next|past)(?!\w)",
        rest[end:],
        re.IGNORECASE,
    ):
        end += following.end()
    return re.sub(r"\s+(?:of|the|that|before|after|last|this|next|past)$", "", rest[start:end].strip(" ,.?!"))
