"""Who is decided by which model."""

from __future__ import annotations

import itertools

import pytest

from remit.learning.assignment import arm_of, place_of
from remit.learning.holdout import Origin, holdout_gap, in_holdout, self_caused_share

SUBJECTS = [f"A-{number}" for number in range(4_000)]
SHARES = (0.0, 0.01, 0.05, 0.25, 0.5, 1.0)


def chosen(share: float, salt: str = "R1") -> set[str]:
    return {subject for subject in SUBJECTS if arm_of(subject, salt, share) == "challenger"}


def test_the_same_subject_always_has_the_same_place() -> None:
    assert place_of("A-1", "R1") == place_of("A-1", "R1") != place_of("A-1", "R2")


@pytest.mark.parametrize(("smaller", "larger"), list(itertools.pairwise(SHARES)))
def test_a_growing_share_only_adds_subjects(smaller: float, larger: float) -> None:
    assert chosen(smaller) < chosen(larger)


@pytest.mark.parametrize("share", SHARES)
def test_an_arm_has_its_share_of_the_subjects(share: float) -> None:
    assert len(chosen(share)) / len(SUBJECTS) == pytest.approx(share, abs=0.02)


def test_another_rollout_tries_on_other_subjects() -> None:
    both = chosen(0.25, "R1") & chosen(0.25, "R2")
    assert len(both) / len(SUBJECTS) == pytest.approx(0.25 * 0.25, abs=0.02)


def test_a_case_without_a_subject_is_the_champions() -> None:
    assert arm_of("", "R1", 1.0) == "champion"


def test_who_is_held_out_depends_on_no_rollout_and_is_a_share_of_all() -> None:
    held = [subject for subject in SUBJECTS if in_holdout(subject, "credit", "credit.application", 0.05)]
    assert len(held) / len(SUBJECTS) == pytest.approx(0.05, abs=0.015)
    assert all(in_holdout(subject, "credit", "credit.application", 0.1) for subject in held)
    assert not in_holdout("", "credit", "credit.application", 1.0)


@pytest.mark.parametrize(
    ("others", "alarms"), [([0.9] * 300, False), ([0.5] * 300, False), ([0.1] * 300, True), ([0.1], False)]
)
def test_the_holdout_alarms_when_learning_has_surely_made_it_worse(others: list[float], alarms: bool) -> None:
    gap = holdout_gap([0.5] * 300, others)
    assert gap.alarms == alarms
    assert gap.lower <= gap.difference <= gap.upper


def test_labels_that_the_model_itself_caused_are_counted() -> None:
    origins: list[Origin] = ["model", "model", "explored", "person"]
    assert self_caused_share(origins) == 0.5
    assert self_caused_share([]) == 0.0
