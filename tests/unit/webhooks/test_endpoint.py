"""An endpoint's states, and which moves lead where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.core.errors import Conflict
from remit.webhooks.endpoint import Endpoint, changed, disabled, enabled, given_up, removed

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHOP = Endpoint("E1", "https://shop.example/T0KEN", (), "the shop", "adam", NOW)
OFF = replace(SHOP, state="disabled", reason="it failed", failing_since=NOW)


def test_an_endpoint_without_types_wants_everything() -> None:
    some = replace(SHOP, types=("decision.final",))
    assert (SHOP.wants("review.opened"), some.wants("review.opened"), some.wants("decision.final")) == (
        True,
        False,
        True,
    )
    assert not OFF.wants("decision.final")


def test_each_move_counts_the_version_up() -> None:
    moves = [changed(SHOP, description="x"), disabled(SHOP, "why"), enabled(OFF), removed(SHOP), removed(OFF)]
    assert {moved.version for moved in moves} == {2}


def test_enabling_forgets_why_it_was_not_told() -> None:
    again = enabled(OFF)
    assert (again.state, again.reason, again.failing_since) == ("enabled", None, None)


def test_what_is_not_named_stays_as_it_was() -> None:
    moved = changed(SHOP, types=("decision.final",))
    assert (moved.url, moved.description, moved.types) == (SHOP.url, SHOP.description, ("decision.final",))


def test_what_is_so_already_is_a_conflict() -> None:
    for move in (lambda: enabled(SHOP), lambda: disabled(OFF, "why")):
        with pytest.raises(Conflict):
            move()


def test_what_was_removed_never_comes_back() -> None:
    gone = removed(SHOP)
    for move in (lambda: enabled(gone), lambda: disabled(gone, "why"), lambda: removed(gone), lambda: changed(gone)):
        with pytest.raises(Conflict):
            move()


@pytest.mark.parametrize(("days", "over"), [(4.99, False), (5, True), (6, True)])
def test_an_endpoint_is_given_up_after_failing_for_five_days(days: float, over: bool) -> None:
    assert given_up(OFF, NOW + timedelta(days=days)) is over
    assert not given_up(SHOP, NOW + timedelta(days=days))


def test_the_origin_leaves_the_path_out() -> None:
    assert SHOP.origin == "https://shop.example"
