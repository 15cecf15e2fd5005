"""What may be reported, and which report counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from remit.core.errors import Conflict, InputError
from remit.learning.outcomes import SKEW, ReportedOutcome, check_follows, check_time, in_force, value_of
from remit.packs.pack import Outcome

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REWARD: Any = None
SETTLED = Outcome("settled", "boolean", ("true", "false"), 30, REWARD)
FAULT = Outcome("fault", "string", ("stain", "bump"), 30, REWARD)
FIRST = ReportedOutcome("O1", "D1", "settled", "true", NOW, NOW, "shop")
SECOND = replace(FIRST, id="O2", value="false", corrects="O1")


@pytest.mark.parametrize(
    ("declared", "said", "value"),
    [(SETTLED, True, "true"), (SETTLED, "false", "false"), (FAULT, "bump", "bump")],
)
def test_a_value_is_the_text_that_the_pack_declares(declared: Outcome, said: object, value: str) -> None:
    assert value_of(declared, declared.name, said) == value


@pytest.mark.parametrize(
    ("declared", "name", "said", "hint"),
    [
        (SETTLED, "setled", True, "settled"),
        (SETTLED, "settled", "yes", "true, false"),
        (SETTLED, "settled", 1, "true, false"),
        (SETTLED, "settled", None, "true, false"),
        (FAULT, "fault", True, "stain, bump"),
        (FAULT, "fault", "stian", "stain"),
    ],
)
def test_what_the_pack_does_not_declare_is_refused_with_a_hint(
    declared: Outcome, name: str, said: object, hint: str
) -> None:
    with pytest.raises(InputError) as refused:
        value_of(declared, name, said)
    assert hint in (refused.value.mend or "")


def test_nothing_is_known_before_it_happens() -> None:
    check_time(NOW + SKEW, NOW)
    with pytest.raises(InputError):
        check_time(NOW + SKEW + timedelta(seconds=1), NOW)


def test_what_was_corrected_is_not_in_force() -> None:
    other = replace(FIRST, id="O3", name="paid")
    assert in_force([FIRST, SECOND, other]) == [SECOND, other]


def test_a_correction_names_the_report_in_force() -> None:
    check_follows([], FIRST)
    check_follows([FIRST], SECOND)
    check_follows([FIRST, SECOND], replace(SECOND, id="O3", corrects="O2"))


@pytest.mark.parametrize(
    ("before", "new", "error"),
    [
        ([FIRST], replace(SECOND, corrects=None), Conflict),
        ([FIRST, SECOND], replace(SECOND, id="O3"), Conflict),
        ([FIRST], replace(SECOND, corrects="O9"), InputError),
        ([replace(FIRST, name="paid")], SECOND, InputError),
    ],
)
def test_a_report_that_follows_nothing_is_refused(
    before: list[ReportedOutcome], new: ReportedOutcome, error: type[Exception]
) -> None:
    with pytest.raises(error):
        check_follows(before, new)
