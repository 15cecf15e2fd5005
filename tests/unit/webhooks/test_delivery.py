"""When a message is tried again, and when it is not any more. No time passes here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remit.core.system import SeededRandom
from remit.webhooks.delivery import ANSWER_CHARS_MAX, PAUSES, TRIES_MAX, Answer, answered, unanswered

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Dice:
    """Chance that always throws the same."""

    def __init__(self, byte: int) -> None:
        self._byte = byte

    def token(self, size: int) -> bytes:
        return bytes([self._byte]) * size


LOW, HIGH = Dice(0x00), Dice(0xFF)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_delivered(status: int) -> None:
    settled = answered(1, Answer(status, "ok"), NOW, LOW)
    assert (settled.state, settled.status, settled.answer, settled.due_at) == ("delivered", status, "ok", None)


@pytest.mark.parametrize("status", [199, 300, 301, 302, 307, 308, 400, 401, 404, 429, 500, 503, 599])
def test_anything_else_is_tried_again(status: int) -> None:
    settled = answered(1, Answer(status), NOW, LOW)
    assert (settled.state, settled.status) == ("pending", status)
    assert not settled.gone


def test_the_pauses_grow_from_seconds_to_a_day_and_last_for_days() -> None:
    assert [pause.total_seconds() for pause in PAUSES] == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert list(PAUSES) == sorted(PAUSES)


@pytest.mark.parametrize("tries", range(1, TRIES_MAX))
def test_a_pause_is_what_the_schedule_says_give_or_take_a_fifth(tries: int) -> None:
    due = [unanswered(tries, "nobody", NOW, chance).due_at for chance in (LOW, SeededRandom(tries), HIGH)]
    low, middle, high = [moment - NOW for moment in due if moment]
    assert low == 0.8 * PAUSES[tries - 1]
    assert low < middle < high <= 1.2 * PAUSES[tries - 1]


def test_after_the_last_try_it_is_dead() -> None:
    for settled in (unanswered(TRIES_MAX, "nobody", NOW, LOW), answered(TRIES_MAX, Answer(500), NOW, LOW)):
        assert (settled.state, settled.due_at) == ("dead", None)


def test_gone_is_dead_at_once() -> None:
    settled = answered(1, Answer(410, retry_after="10"), NOW, LOW)
    assert (settled.state, settled.gone, settled.due_at) == ("dead", True, None)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("Sun, 01 Mar 2026 12:10:00 GMT", 600),
        ("0", 4),
        ("1", 4),
        ("Sun, 01 Mar 2020 12:10:00 GMT", 4),
        ("999999", 86_400),
        ("9" * 4000, 86_400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("-5", 4),
        ("1e9", 4),
        ("soon", 4),
        ("", 4),
        ("١٢٠", 4),
        ("Sun, 99 Mar 2026", 4),
    ],
)
def test_retry_after_is_honoured_up_to_a_day_and_never_hurries(header: str, seconds: int) -> None:
    due_at = answered(1, Answer(503, retry_after=header), NOW, LOW).due_at
    assert due_at == NOW + timedelta(seconds=seconds)


def test_of_an_answer_a_short_beginning_is_kept_without_control_characters() -> None:
    kept = answered(1, Answer(500, "a\x00\x1b[2J\n" + "b" * 5000), NOW, LOW).answer
    assert kept is not None
    assert len(kept) == ANSWER_CHARS_MAX
    assert kept.isprintable()


def test_of_an_error_no_more_is_kept_either() -> None:
    assert len(unanswered(1, "x" * 5000, NOW, LOW).error or "") == ANSWER_CHARS_MAX
