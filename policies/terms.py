"""Values as a solver sees them: a value that may be an error or null, and doubles that stay exact.

A truth is a Python bool or a z3 Bool, a number a Python int or a z3 Int, so that what is constant folds at once.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import z3

from remit.core.scalars import INT64_MAX, INT64_MIN
from remit.policies.types import Kind

Truth = Any
Number = Any


class Outside(Exception):
    """An expression cannot be put to the solver: the reason, and the place in its text."""

    def __init__(self, reason: str, offset: int) -> None:
        self.reason = reason
        self.offset = offset
        super().__init__(reason)


@dataclass(frozen=True)
class Term:
    """One value of an expression. `value` counts only where neither `error` nor `null` holds.

    By kind: a bool is a truth; an int, a timestamp and a duration (both in microseconds) are numbers; a string is the
    number of its word; a double is a tuple of `(guard, float or Curve)`, of which exactly one guard holds.
    """

    kind: Kind
    value: Any = None
    error: Truth = False
    null: Truth = False


@dataclass(frozen=True)
class Items:
    """A list: each place with whether it is taken.

    `exact` when the real list cannot be longer; else it is long enough for the conditions that look at it, unless it is
    `unbounded` and nothing may be said of it.
    """

    places: tuple[tuple[Truth, Term | Fields], ...]
    size: Number
    exact: bool = True
    unbounded: bool = False
    error: Truth = False
    kind: Kind = "list"
    null: Truth = False


@dataclass(frozen=True)
class Fields:
    """A record: its fields by name; `present` says for which of them has() is true."""

    fields: Mapping[str, Term | Items]
    present: Mapping[str, Truth] = field(default_factory=dict)
    error: Truth = False
    kind: Kind = "record"
    null: Truth = False


Value = Term | Items | Fields


def both(*parts: Truth) -> Truth:
    """All of these hold."""
    left = [part for part in parts if part is not True]
    if any(part is False for part in left):
        return False
    if len(left) <= 1:
        return left[0] if left else True
    return z3.And(*left)


def either(*parts: Truth) -> Truth:
    """One of these holds."""
    left = [part for part in parts if part is not False]
    if any(part is True for part in left):
        return True
    if len(left) <= 1:
        return left[0] if left else False
    return z3.Or(*left)


def negated(part: Truth) -> Truth:
    """This does not hold."""
    return not part if isinstance(part, bool) else z3.Not(part)


def same(left: Truth, right: Truth) -> Truth:
    """Both hold, or neither does."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, bool):
            return other if one else negated(other)
    return left == right


def choose(condition: Truth, then: Any, otherwise: Any) -> Any:
    """A truth or a number, by a condition."""
    if isinstance(condition, bool):
        return then if condition else otherwise
    if isinstance(then, bool) or isinstance(otherwise, bool):
        return either(both(condition, then), both(negated(condition), otherwise))
    return z3.If(condition, then, otherwise)


def beyond_int64(number: Number) -> Truth:
    """This is no int64."""
    return either(number < INT64_MIN, number > INT64_MAX)


def quotient(left: Number, right: Number) -> Number:
    """CEL's `/` of integers, which cuts toward zero; z3's rounds so that the remainder is not negative."""
    if isinstance(left, int) and isinstance(right, int):
        return 0 if right == 0 else (abs(left) // abs(right)) * (1 if (left < 0) == (right < 0) else -1)
    # A constant is divided as a z3 number, for Python would ask it to floor.
    wide = left if z3.is_expr(left) else z3.IntVal(left, right.ctx)
    return z3.If(wide >= 0, wide / right, -((-wide) / right))


def remainder(left: Number, right: Number) -> Number:
    """CEL's `%` of integers, which has the sign of the dividend."""
    if isinstance(left, int) and isinstance(right, int):
        return left - quotient(left, right) * right
    wide = left if z3.is_expr(left) else z3.IntVal(left, right.ctx)
    return z3.If(wide >= 0, wide % right, -((-wide) % right))


def rank(number: float) -> int:
    """The place of a finite double among all doubles: an integer that orders as the doubles do, with 0.0 at 0."""
    bits: int = struct.unpack("<q", struct.pack("<d", number))[0]
    return bits if bits >= 0 else -(bits & INT64_MAX)


def at_rank(place: int) -> float:
    """The double at a rank."""
    number: float = struct.unpack("<d", struct.pack("<q", abs(place)))[0]
    return number if place >= 0 else -number


RANK_MAX = rank(sys.float_info.max)


@dataclass(frozen=True)
class Curve:
    """A double that rises with an integer: `number(base)`, for `base` from `low` to `high`.

    An input double is the curve of its own rank. Arithmetic with a constant keeps a curve a curve, for rounding to the
    nearest double never turns an order around (IEEE 754); so a comparison with a constant is exactly one integer
    threshold, found by bisection. What is no such curve is outside of what can be proved.
    """

    base: Number
    low: int
    high: int
    number: Callable[[int], float]
    plain: bool = False

    def at_least(self, bound: float) -> Truth:
        return self._from(lambda number: number >= bound)

    def above(self, bound: float) -> Truth:
        return self._from(lambda number: number > bound)

    def falling(self) -> Curve:
        """The curve of the same numbers with the opposite sign."""
        number = self.number
        return Curve(-self.base, -self.high, -self.low, lambda base: -number(-base), self.plain)

    def then(self, change: Callable[[float], float]) -> Curve:
        """The curve after a change that keeps the order."""
        number = self.number
        return Curve(self.base, self.low, self.high, lambda base: change(number(base)))

    def _from(self, holds: Callable[[float], bool]) -> Truth:
        low, high = self.low, self.high + 1
        while low < high:
            middle = (low + high) // 2
            if holds(self.number(middle)):
                high = middle
            else:
                low = middle + 1
        if low == self.low:
            return True
        return False if low > self.high else self.base >= low


def input_double(base: Number, low: int = -RANK_MAX, high: int = RANK_MAX) -> Curve:
    """The curve of an input double, by its rank."""
    return Curve(base, low, high, at_rank, plain=True)


def double_of_int(base: Number) -> Curve:
    """The curve of an integer that is converted to a double."""
    return Curve(base, INT64_MIN, INT64_MAX, float)


def calculate(operator: str, left: float | Curve, right: float | Curve, offset: int) -> float | Curve:
    """Arithmetic of doubles of which at most one is not constant.

    Raises:
        Outside: both vary, or the result need not rise or fall with its input.
    """
    if isinstance(left, Curve) and isinstance(right, Curve):
        raise Outside("arithmetic of two numbers that both vary", offset)
    if isinstance(right, Curve):
        if operator == "+":
            return calculate(operator, right, left, offset)
        if operator == "-":
            return calculate("+", right.falling(), left, offset)
        if operator == "*":
            return calculate(operator, right, left, offset)
        raise Outside("a division by a number that varies", offset)
    if operator in "*/" and right == 0:
        raise Outside("a product with 0, or a division by 0", offset)
    if isinstance(left, float):
        found = _ARITHMETIC[operator](left, right)
        if not math.isfinite(found):
            raise Outside("a constant that is not finite", offset)
        return found
    if operator in "*/" and right < 0:
        return calculate(operator, left.falling(), -right, offset)
    return left.then(lambda number: _ARITHMETIC[operator](number, right))


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
}


def compare_doubles(operator: str, left: float | Curve, right: float | Curve, offset: int) -> Truth:
    """`<`, `<=`, `>`, `>=` or `==` of two doubles.

    Raises:
        Outside: both vary, and one of them is not an input.
    """
    if operator in ("<", "<="):
        return compare_doubles({"<": ">", "<=": ">="}[operator], right, left, offset)
    if operator == "==":
        at_least = compare_doubles(">=", left, right, offset)
        return both(at_least, negated(compare_doubles(">", left, right, offset)))
    if isinstance(left, float) and isinstance(right, float):
        return left > right if operator == ">" else left >= right
    if isinstance(right, float):
        assert isinstance(left, Curve)
        return left.above(right) if operator == ">" else left.at_least(right)
    if isinstance(left, float):
        # left > right says that right is not at least left.
        return negated(right.at_least(left) if operator == ">" else right.above(left))
    if left.plain and right.plain:
        return left.base > right.base if operator == ">" else left.base >= right.base
    raise Outside("a comparison of two numbers that both vary", offset)
