"""API keys, from being created to opening nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.identity.conftest import ADA

from remit.core.errors import Forbidden, InputError, NotFound, Refused, RemitError, SystemFailed, Unauthenticated
from remit.core.system import FixedClock
from remit.core.words import Actor
from remit.identity.principal import Principal
from remit.service.identity.add_user import add_app
from remit.service.identity.create_key import create_key
from remit.service.identity.list_keys import list_keys, show_key
from remit.service.identity.revoke_key import revoke_key
from remit.service.identity.rotate_key import rotate_key
from remit.wiring import Engine

SCOPES = ("decisions:read", "decisions:write")


@pytest.fixture
def made(engine: Engine) -> dict[str, Any]:
    """A key of a new app."""
    return create_key(engine.services, ADA, "shop", SCOPES, app=True, owner="ana", roles=["clerk"])


def refused(engine: Engine, key: str) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        engine.authenticator.by_key(key)
    return refusal.value.message


def test_who_holds_a_key_is_known_by_it(engine: Engine, made: dict[str, Any]) -> None:
    known = engine.authenticator.by_key(made["key"])
    assert known == Principal("shop", "app", ("app", "clerk"), made["key_id"], frozenset(SCOPES))


def test_an_unknown_key_and_a_wrong_secret_are_answered_alike(engine: Engine, made: dict[str, Any]) -> None:
    another = create_key(engine.services, ADA, "shop", SCOPES)
    swapped = another["key"].replace(another["key_id"], made["key_id"])
    assert refused(engine, "anything") == refused(engine, swapped) == "nobody holds this key"
    assert refused(engine, made["key"][:-1]) == "nobody holds this key"


def test_a_key_is_nowhere_but_in_the_answer(engine: Engine, made: dict[str, Any], tmp_path: Path) -> None:
    secret = made["key"].split("_")[2].encode()
    engine.close()
    found = [file for file in tmp_path.rglob("*") if file.is_file() and secret[:20] in file.read_bytes()]
    assert found == []


def test_a_revoked_key_opens_nothing_at_once(engine: Engine, made: dict[str, Any]) -> None:
    engine.authenticator.by_key(made["key"])
    revoke_key(engine.services, ADA, made["key_id"])
    assert refused(engine, made["key"]) == "this key was revoked"


def test_a_key_expires(engine: Engine, made: dict[str, Any], clock: FixedClock) -> None:
    clock.advance(timedelta(days=365))
    assert refused(engine, made["key"]) == "this key has expired"
    assert not show_key(engine.services, made["key_id"])["opens"]


def test_two_keys_overlap_and_then_one_is_left(engine: Engine, made: dict[str, Any], clock: FixedClock) -> None:
    new = rotate_key(engine.services, ADA, made["key_id"], overlap_hours=2)
    assert engine.authenticator.by_key(made["key"]).id == engine.authenticator.by_key(new["key"]).id
    clock.advance(timedelta(hours=2))
    assert refused(engine, made["key"]) == "this key has expired"
    assert engine.authenticator.by_key(new["key"]).credential == new["key_id"]


def test_the_last_use_is_written_at_most_once_a_minute(engine: Engine, made: dict[str, Any], clock: FixedClock) -> None:
    uses = []
    for _ in range(5):
        engine.authenticator.by_key(made["key"])
        uses.append(show_key(engine.services, made["key_id"])["last_used_at"])
        clock.advance(timedelta(seconds=25))
    assert len(set(uses)) == 2


def test_a_use_that_cannot_be_written_shuts_nobody_out(
    engine: Engine, made: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise SystemFailed("the disk is full")

    monkeypatch.setattr(engine.store, "write", full)
    assert engine.authenticator.by_key(made["key"]).id == "shop"


def test_every_change_is_an_event_without_the_secret(
    engine: Engine, made: dict[str, Any], events: Callable[[str], list[dict[str, Any]]]
) -> None:
    new = rotate_key(engine.services, ADA, made["key_id"])
    revoke_key(engine.services, ADA, new["key_id"])
    assert [each["type"] for each in events("user.") + events("key.")] == [
        *("user.added", "key.created", "key.rotated", "key.revoked")
    ]
    assert {each["by"] for each in events("key.")} == {"ada"}
    assert made["key"].split("_")[2][:20] not in str(events(""))


def test_only_an_admin_gives_keys(engine: Engine, made: dict[str, Any]) -> None:
    from remit.service.identity.add_user import add_user

    add_user(engine.services, engine.passwords, ADA, "ada", ["admin"], None)
    ana = Actor("ana", roles=("analyst",))
    for act in (
        lambda: create_key(engine.services, ana, "shop", SCOPES),
        lambda: rotate_key(engine.services, ana, made["key_id"]),
        lambda: revoke_key(engine.services, ana, made["key_id"]),
        lambda: add_app(engine.services, ana, "till", [], None),
    ):
        with pytest.raises(Forbidden):
            act()


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"account": "nobody"}, NotFound),
        ({"scopes": ["decisions:wirte"]}, InputError),
        ({"scopes": []}, InputError),
        ({"days": 0}, InputError),
        ({"app": True, "roles": ["clerk"]}, InputError),
        ({"account": "till", "app": True, "roles": ["admin"]}, Refused),
        ({"account": "Till", "app": True}, InputError),
    ],
)
def test_a_key_that_should_not_be_is_not_made(
    engine: Engine, made: dict[str, Any], asked: dict[str, Any], error: type[RemitError]
) -> None:
    with pytest.raises(error):
        create_key(engine.services, ADA, **{"account": "shop", "scopes": SCOPES, **asked})
    assert len(list_keys(engine.services)) == 1
