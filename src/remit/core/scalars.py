"""One scalar of YAML: what an unquoted word means, and where the letters of a value stand in the file."""

from __future__ import annotations

import math
import re
from typing import Any

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

_NUMBER_MAX = 40
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_SURPRISES = (
    (re.compile(r"y|n|yes|no|on|off", re.IGNORECASE), "`{}` is true or false to some readers and text to others"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"), "`{}` is a number in base 60 to some readers"),
    (re.compile(r"[-+]?0[0-9_]+"), "`{}` is an octal number to some readers"),
    (re.compile(r"[-+]?0b[01_]+"), "`{}` is a binary number to some readers"),
    (re.compile(r"[-+]?(0x)?[0-9][0-9a-fA-F]*_[0-9a-fA-F_]*(\.[0-9_]*)?"), "`{}` is a number to some readers"),
    (re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE), "`{}` is not a number that can be compared"),
)


def plain_value(word: str) -> Any:
    """What an unquoted scalar means in the core schema.

    Raises:
        ValueError: the word means different things to different readers, or is a number out of range.
    """
    if word in _NULL:
        return None
    if word in _BOOL:
        return _BOOL[word]
    for pattern, message in _SURPRISES:
        if pattern.fullmatch(word):
            raise ValueError(message.format(word[:30]))
    if _INT.fullmatch(word):
        base = 8 if word.startswith("0o") else 16 if word.startswith("0x") else 10
        number = int(word, base) if len(word) <= _NUMBER_MAX else INT64_MAX + 1
        if not INT64_MIN <= number <= INT64_MAX:
            raise ValueError(f"`{word[:30]}` does not fit in 64 bits")
        return number
    if _FLOAT.fullmatch(word):
        if len(word) > _NUMBER_MAX or not math.isfinite(float(word)):
            raise ValueError(f"`{word[:30]}` is not a number that a machine can hold")
        return float(word)
    return word


# One letter of a scalar's raw text: an escape of a quoted scalar, or any character.
_ESCAPES = {
    "'": re.compile(r"''|.", re.DOTALL),
    '"': re.compile(r"\\x..|\\u....|\\U........|\\.|.", re.DOTALL),
}
_LETTER = re.compile(r".", re.DOTALL)
_BLANK = re.compile(r"\s|\\[ntr0abvfe \t\r\nN_LP]|\\x20")


def index_inside(text: str, begin: int, end: int, style: str, value: Any, offset: int) -> int:
    """The index in `text` of the character at `offset` of the value of the scalar that stands from `begin` to `end`.

    Folding and indentation only change white space, so the n-th visible character of the value is the n-th visible
    character of the raw scalar, whatever its style.
    """
    if not isinstance(value, str):
        return begin
    wanted = sum(not letter.isspace() for letter in value[: max(offset, 0)])
    start = begin
    if style in ("|", ">"):
        start = text.find("\n", begin) + 1 or begin
    elif style:
        start += 1
    last = start
    for letter in _ESCAPES.get(style, _LETTER).finditer(text, start, max(start, end)):
        if _BLANK.fullmatch(letter.group()):
            continue
        if wanted == 0:
            return letter.start()
        wanted -= 1
        last = letter.end()
    return last
