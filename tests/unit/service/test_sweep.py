"""What is unfinished is queued when nobody has it, with pauses that grow, and in the end left for a person."""

from __future__ import annotations

import pytest

from remit.adapters.memory.queue import MemoryQueue
from remit.service.work.ports import Task, TaskState
from remit.service.work.sweep import TRIES_MAX, is_due, pause_seconds, queue_up


def test_what_never_had_a_task_is_due() -> None:
    assert is_due(None)


@pytest.mark.parametrize(
    ("state", "tries", "idle_seconds", "due"),
    [
        ("queued", 1, 9_999, False),
        ("held", 1, 9_999, False),
        ("ended", 1, 4.9, False),
        ("ended", 1, 5, True),
        ("ended", 3, 19.9, False),
        ("ended", 3, 20, True),
        ("ended", TRIES_MAX - 1, 600, True),
        ("ended", TRIES_MAX, 9_999, False),
    ],
)
def test_a_task_is_due_again_when_it_has_ended_and_its_pause_is_over(
    state: TaskState, tries: int, idle_seconds: float, due: bool
) -> None:
    assert is_due(Task("D1", state, tries, idle_seconds)) is due


def test_a_pause_doubles_up_to_ten_minutes() -> None:
    assert [pause_seconds(tries) for tries in (1, 2, 3, 7, 8, 50)] == [5, 10, 20, 320, 600, 600]


def test_what_is_queued_or_held_is_not_queued_again() -> None:
    queue = MemoryQueue()
    assert queue_up(queue, ["D2", "D1", "D3"]) == 3
    assert queue.hold("W1") == "D1"
    assert queue_up(queue, ["D1", "D2", "D3"]) == 0
