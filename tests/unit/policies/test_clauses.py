"""A condition is cut into clauses at the places of its operators, in its own words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from remit.policies.clauses import Clause, read_clauses, sides_of, tidy
from remit.policies.evaluate import CompiledContract

A, B, C = "case.disputed", "case.amount_cents > 1", "case.purpose == 'car'"


def shape(clause: Clause) -> Any:
    return (clause.joined_by, *map(shape, clause.parts)) if clause.parts else clause.text


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (A, A),
        (f"{A} && {B}", ("&&", A, B)),
        (f"{A} || {B} && {C}", ("||", A, ("&&", B, C))),
        (f"(({A} || {B}))", ("||", A, B)),
        (f"({A} || {B}) && ({C})", ("&&", ("||", A, B), C)),
        (f"{A} && {B} && {C} && {A}", ("&&", A, B, C, A)),
        (f"!{A} && !({B})", ("&&", ("!", A), ("!", B))),
        (f"!!({A} && {B}) || !!!({C})", ("||", ("&&", A, B), ("!", C))),
        (f"!!!!({A} && {B})", ("&&", A, B)),
        (f"!{A} || {B}", ("||", ("!", A), B)),
        ("actor.id == 'a || b' || case.disputed", ("||", "actor.id == 'a || b'", A)),
        ("actor.id == r'\\d || e' || case.disputed", ("||", "actor.id == r'\\d || e'", A)),
        ('actor.id == """a " || b""" || case.disputed', ("||", 'actor.id == """a " || b"""', A)),
        ("actor.id == 'é😀' || case.disputed", ("||", "actor.id == 'é😀'", A)),
        (f"{A} // or || {B}\n || {C}", ("||", A, C)),
        (f"{A} ? {B} : {C} || {A}", ("?:", A, B, ("||", C, A))),
        (f"({A} ? {B} : {C}) || {A}", ("||", ("?:", A, B, C), A)),
        (f"{A} ? ({A} ? {B} : {C}) : {{'a': true}}['a']", ("?:", A, ("?:", A, B, C), "{'a': true}['a']")),
        (
            "evidence.exists(e, e.trusted || e.need == 'x') || [true || false][0]",
            ("||", "evidence.exists(e, e.trusted || e.need == 'x')", "[true || false][0]"),
        ),
    ],
)
def test_a_condition_is_cut_into_clauses(load: Callable[..., CompiledContract], condition: str, expected: Any) -> None:
    environment = load().environment
    clause = read_clauses(environment.compile(condition))
    assert shape(clause) == expected
    assert all(environment.compile_part(atom.text) for atom in clause.atoms())


@pytest.mark.parametrize(
    ("condition", "sides"),
    [
        ("case.amount_cents + 1 >= 2 * 3", ("case.amount_cents + 1", ">=", "2 * 3")),
        ("(case.purpose  !=  'car')", ("case.purpose", "!=", "'car'")),
        ("action.name in ['approve']", ("action.name", "in", "['approve']")),
        ("case.disputed", None),
    ],
)
def test_a_comparison_has_two_sides(
    load: Callable[..., CompiledContract], condition: str, sides: tuple[str, str, str] | None
) -> None:
    found = sides_of(condition, read_clauses(load().environment.compile(condition)))
    assert (found and (found.left, found.operator, found.right)) == sides


def test_a_condition_is_shown_on_one_line_without_comments() -> None:
    assert tidy("a   // why\n  == 'x  // y'\n") == "a == 'x  // y'"
