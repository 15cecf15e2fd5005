"""API keys: spans, scopes, and one taking over from another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remit.core.errors import Conflict, InputError
from remit.identity.api_key import ApiKey, checked_label, checked_scopes, expiry, revoked, rotated

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = ApiKey("K1", "shop", "till", "sha", ("decisions:write",), NOW, "ada", NOW + timedelta(days=30))


def test_a_key_opens_until_its_last_moment() -> None:
    assert KEY.ended(KEY.expires_at - timedelta(seconds=1)) is None
    assert KEY.ended(KEY.expires_at) == "has expired"


def test_a_revoked_key_opens_nothing() -> None:
    taken = revoked(KEY, "ada", NOW)
    assert (taken.ended(NOW), taken.version) == ("was revoked", 2)
    with pytest.raises(Conflict):
        revoked(taken, "ada", NOW)


def test_both_keys_work_for_a_while() -> None:
    now = NOW + timedelta(days=10)
    old, new = rotated(KEY, "K2", "sha2", "ada", now, overlap_hours=24)
    assert (old.expires_at, old.replaced_by) == (now + timedelta(hours=24), "K2")
    assert (new.id, new.secret_sha256, new.scopes, new.expires_at) == ("K2", "sha2", KEY.scopes, now + timedelta(30))


def test_a_rotation_never_lets_the_old_key_live_longer() -> None:
    now = KEY.expires_at - timedelta(hours=1)
    assert rotated(KEY, "K2", "sha2", "ada", now, overlap_hours=24)[0].expires_at == KEY.expires_at


@pytest.mark.parametrize(
    "key", [revoked(KEY, "ada", NOW), replace(KEY, expires_at=NOW), replace(KEY, replaced_by="K0")]
)
def test_a_key_that_is_gone_is_not_rotated(key: ApiKey) -> None:
    with pytest.raises(Conflict):
        rotated(key, "K2", "sha2", "ada", NOW, overlap_hours=1)


@pytest.mark.parametrize("hours", [-1, 24 * 90 + 1])
def test_an_overlap_has_bounds(hours: int) -> None:
    with pytest.raises(InputError):
        rotated(KEY, "K2", "sha2", "ada", NOW, overlap_hours=hours)


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_every_key_expires(days: int) -> None:
    with pytest.raises(InputError):
        expiry(NOW, days)


@pytest.mark.parametrize("scopes", [[], ["decisions"], ["decisions:write", "*"]])
def test_a_key_opens_what_there_is_and_something(scopes: list[str]) -> None:
    with pytest.raises(InputError, match=r"scope|nothing"):
        checked_scopes(scopes)


@pytest.mark.parametrize("label", ["x" * 101, "two\nlines", "bell\a"])
def test_a_label_is_one_short_line(label: str) -> None:
    with pytest.raises(InputError):
        checked_label(label)


def test_a_use_is_noted_once_a_minute() -> None:
    used = replace(KEY, last_used_at=NOW)
    assert KEY.use_is_news(NOW)
    assert not used.use_is_news(NOW + timedelta(seconds=59))
    assert used.use_is_news(NOW + timedelta(seconds=60))


def test_nothing_that_is_shown_opens_a_door() -> None:
    assert "sha" not in str(KEY.to_json())
