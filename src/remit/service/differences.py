"""What differs between two JSON values, field by field: the path, what stood there then, and what stands there now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from remit.core.canonical import recorded_bytes

ABSENT: Final = object()
"""Stands where one side has nothing: JSON's null is something."""

_NAMES = ("id", "need", "rule")
"""By what the objects of a list are known: passages, needs and findings. The first that tells all apart counts."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place that came out otherwise; `then` or `now` is `ABSENT` where there was nothing."""

    path: str
    then: Any
    now: Any

    def to_json(self) -> dict[str, Any]:
        """What was absent is left out."""
        sides = {"then": self.then, "now": self.now}
        return {"path": self.path, **{name: value for name, value in sides.items() if value is not ABSENT}}

    def sentence(self) -> str:
        """``path: then -> now``, each in JSON, long values cut."""
        return f"{self.path}: {_spoken(self.then)} -> {_spoken(self.now)}"


def differences(then: Any, now: Any, path: str = "") -> Iterator[Change]:
    """Every place in which two JSON values differ, in the order of the first. Equal bytes are no difference.

    The objects of a list are matched by what they are known by, so that one more passage is one change and not many.
    A list whose objects only changed places is a change of their order.
    """
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys([*then, *now]):
            below = f"{path}.{name}" if path else str(name)
            yield from differences(then.get(name, ABSENT), now.get(name, ABSENT), below)
    elif _is_list(then) and _is_list(now):
        yield from _in_lists(then, now, path)
    elif then is ABSENT or now is ABSENT or _bytes(then) != _bytes(now):
        yield Change(path, then, now)


def _in_lists(then: Sequence[Any], now: Sequence[Any], path: str) -> Iterator[Change]:
    name = next((each for each in _NAMES if _tells_apart(then, each) and _tells_apart(now, each)), None)
    left = {item[name] if name else place: item for place, item in enumerate(then)}
    right = {item[name] if name else place: item for place, item in enumerate(now)}
    for key in dict.fromkeys([*left, *right]):
        yield from differences(left.get(key, ABSENT), right.get(key, ABSENT), f"{path}[{key}]")
    if name and list(left) != list(right) and left.keys() == right.keys():
        yield Change(f"{path}.order", list(left), list(right))


def _tells_apart(items: Sequence[Any], name: str) -> bool:
    """Whether every item is an object that has this name, and no two have the same."""
    named = [item.get(name) for item in items if isinstance(item, Mapping)]
    return len(named) == len(items) and all(isinstance(each, str) for each in named) and len(set(named)) == len(named)


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _bytes(value: Any) -> bytes:
    return recorded_bytes(value)


def _spoken(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = _bytes(value).decode()
    return text if len(text) <= 120 else f"{text[:117]}…"
