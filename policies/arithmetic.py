"""Arithmetic as CEL does it, in a solver's terms: 64 bits, no silent wrap, and times that do not leave the calendar."""

from __future__ import annotations

from typing import Any

from remit.core.scalars import INT64_MIN
from remit.policies.domain import TIME_MAX, TIME_MIN
from remit.policies.terms import (
    Curve,
    Outside,
    Term,
    Truth,
    beyond_int64,
    both,
    calculate,
    double_of_int,
    either,
    negated,
    quotient,
    remainder,
)


def calculated(operator: str, left: Term, right: Term, offset: int) -> Term:
    """`+ - * / %` of two terms.

    Raises:
        Outside: it cannot be said exactly.
    """
    error = either(left.error, right.error, left.null, right.null)
    one, two = left.value, right.value
    match (left.kind, operator, right.kind):
        case ("int", _, "int"):
            number, wrong = _integers(operator, one, two)
            return Term("int", number, either(error, wrong))
        case ("double", "+" | "-" | "*" | "/", "double"):
            return Term("double", _doubles(operator, one, two, offset), error)
        case ("timestamp", "+" | "-", "duration") | ("duration", "+", "timestamp"):
            moment = one + two if operator == "+" else one - two
            return Term("timestamp", moment, either(error, moment < TIME_MIN, moment > TIME_MAX))
        case ("timestamp", "-", "timestamp"):
            # The library counts the difference in nanoseconds, in 64 bits.
            return Term("duration", one - two, either(error, beyond_int64((one - two) * 1000)))
    raise Outside(f"`{operator}` of {left.kind} and {right.kind}", offset)


def converted(function: str, given: Term, offset: int) -> Term:
    """`-x` and `double(x)`.

    Raises:
        Outside: it cannot be said exactly.
    """
    error = either(given.error, given.null)
    value = given.value
    match (function, given.kind):
        case ("double", "double"):
            return Term("double", value, error)
        case ("double", "int"):
            return Term("double", ((True, float(value) if isinstance(value, int) else double_of_int(value)),), error)
        case ("-_", "int"):
            return Term("int", -value, either(error, beyond_int64(-value)))
        case ("-_", "double"):
            opposite = ((guard, -one if isinstance(one, float) else one.falling()) for guard, one in value)
            return Term("double", tuple(opposite), error)
    raise Outside(f"`{function.strip('_')}` of {given.kind}", offset)


def is_endless(number: float | Curve) -> Truth:
    """A double is not finite, which a variable must be."""
    if isinstance(number, float) or number.plain:
        return False
    return either(number.at_least(float("inf")), negated(number.above(float("-inf"))))


def _integers(operator: str, one: Any, two: Any) -> tuple[Any, Truth]:
    """The number, and when it is an error instead."""
    if operator in "/%":
        # The quotient of the smallest integer and -1 does not fit, and its remainder fails with it.
        wrong = either(two == 0, both(one == INT64_MIN, two == -1))
        return (quotient if operator == "/" else remainder)(one, two), wrong
    number = one + two if operator == "+" else one - two if operator == "-" else one * two
    return number, beyond_int64(number)


def _doubles(operator: str, one: Any, two: Any, offset: int) -> tuple[tuple[Truth, float | Curve], ...]:
    pairs = [(both(guard, other), left, right) for guard, left in one for other, right in two]
    return tuple(
        (guard, calculate(operator, left, right, offset)) for guard, left, right in pairs if guard is not False
    )
