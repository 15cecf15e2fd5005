"""Guesses that are made side by side, on either database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration.conftest import NOW
from tests.integration.identity.conftest import ADA

from remit.adapters.passwords import Argon2Passwords
from remit.core.errors import Transient, Unauthenticated
from remit.core.system import FixedClock, SystemRandom
from remit.identity.throttle import TooSoon
from remit.service.identity.add_user import add_user
from remit.service.identity.change_password import set_password
from remit.service.identity.forget import forget_old_sessions
from remit.service.identity.sign_in import sign_in
from remit.settings import Settings
from remit.wiring import Engine

PASSWORD = "a dozen grey herons"
GUESSES = 16


def open_one(tmp_path: Path, url: str, name: str) -> Engine:
    settings = Settings(home=tmp_path / name, database_url=url)
    return Engine(settings, clock=FixedClock(NOW), chance=SystemRandom())


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_no_more_guesses_are_looked_at_than_one_after_another(
    kind: str, database_url: Callable[[str], str], tmp_path: Path
) -> None:
    passwords, url = Argon2Passwords(memory_kib=8, time_cost=1), database_url(kind)
    with open_one(tmp_path, url, "home") as engine:
        add_user(engine.services, passwords, ADA, "ana", [], PASSWORD)

        def guess(number: int) -> str:
            try:
                sign_in(engine.services, passwords, "ana", f"guess {number}", source=f"203.0.113.{number}")
            except (Unauthenticated, TooSoon, Transient) as error:
                return type(error).__name__
            return "in"

        with ThreadPoolExecutor(GUESSES) as crowd:
            came = Counter(crowd.map(guess, range(GUESSES)))
    assert came == {"Unauthenticated": 5, "TooSoon": GUESSES - 5}


def test_a_password_that_is_replaced_while_it_is_looked_at_lets_nobody_in(engine: Engine) -> None:
    passwords = Argon2Passwords(memory_kib=8, time_cost=1)
    add_user(engine.services, passwords, ADA, "ana", [], PASSWORD)

    class Slow(Argon2Passwords):
        def verify(self, password: str, password_hash: str | None) -> bool:
            set_password(engine.services, passwords, ADA, "ana", "eleven other herons")
            return super().verify(password, password_hash)

    with pytest.raises(Unauthenticated):
        sign_in(engine.services, Slow(memory_kib=8, time_cost=1), "ana", PASSWORD, source="")


def test_what_is_long_over_is_forgotten(engine: Engine, clock: FixedClock) -> None:
    from datetime import timedelta

    passwords = Argon2Passwords(memory_kib=8, time_cost=1)
    add_user(engine.services, passwords, ADA, "ana", [], PASSWORD)
    for _ in range(2):
        sign_in(engine.services, passwords, "ana", PASSWORD, source="")
        clock.advance(timedelta(days=7))
    assert [forget_old_sessions(engine.services), forget_old_sessions(engine.services)] == [1, 0]
