"""Who stands in for whom, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.approvals.arrangement import absent, end, leave, lend, reviewer_of
from remit.core.errors import Conflict, InputError, RemitError
from remit.core.words import Actor

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
OTTO = Actor("otto", roles=("officer",))
LENT = lend("A", OTTO, "jim", ["officer"], LATER, NOW)


@pytest.mark.parametrize(
    ("moment", "roles"),
    [(NOW, [("officer", "otto")]), (LATER - timedelta(seconds=1), [("officer", "otto")]), (LATER, [])],
)
def test_a_role_is_lent_until_its_end_and_no_longer(moment: datetime, roles: Any) -> None:
    assert reviewer_of(Actor("jim"), [LENT], moment).speaks_as == roles


def test_an_arrangement_that_was_ended_is_over_at_once() -> None:
    ended = end(LENT, "otto", NOW)
    assert reviewer_of(Actor("jim"), [ended], NOW).speaks_as == []
    with pytest.raises(Conflict):
        end(ended, "otto", NOW)


@pytest.mark.parametrize(
    ("actor", "deputy", "roles", "until"),
    [
        (OTTO, "otto", ["officer"], LATER),
        (OTTO, " ", ["officer"], LATER),
        (OTTO, None, ["officer"], LATER),
        (OTTO, "jim", [], LATER),
        (OTTO, "jim", ["officer"], NOW),
        (OTTO, "jim", ["officer"], None),
        (OTTO, "jim", ["auditor"], LATER),
        (Actor("bot", "app", ("officer",)), "jim", ["officer"], LATER),
    ],
    ids=["to oneself", "to a blank", "to nobody", "no role", "no time", "for ever", "not theirs", "an app"],
)
def test_what_cannot_be_lent(actor: Actor, deputy: Any, roles: list[str], until: Any) -> None:
    with pytest.raises(RemitError):
        lend("A", actor, deputy, roles, until, NOW)


def test_an_absence_lends_its_roles_to_the_deputy() -> None:
    away = leave("A", OTTO, "jim", ["officer"], LATER, NOW)
    assert absent("otto", [away], NOW) == away
    assert (absent("otto", [away], LATER), absent("jim", [away], NOW)) == (None, None)
    assert reviewer_of(Actor("jim"), [away], NOW).speaks_as == [("officer", "otto")]


def test_without_a_deputy_no_role_is_lent() -> None:
    with pytest.raises(InputError, match="lent to somebody"):
        leave("A", OTTO, None, ["officer"], LATER, NOW)
    assert leave("A", OTTO, None, [], LATER, NOW).deputy is None
