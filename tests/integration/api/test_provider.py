"""Signing in with an OpenID provider: honestly, and in every way that somebody might try otherwise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from tests.integration.api.openid_provider import CLIENT, SECRET, OpenIdProvider
from tests.integration.api.signed_in import ADA, SITE, browser, person, real_app
from tests.integration.conftest import NOW

from remit.api.provider import ATTEMPT_COOKIE
from remit.core.errors import InputError
from remit.core.system import FixedClock, SeededRandom
from remit.service.identity.disable_user import disable_user
from remit.settings import Settings
from remit.wiring import Engine
from remit.wiring.provider import provider_of

CALLBACK = "/v1/session/oidc/callback"
ROLES = {"desk": ["reviewer", "officer"], "audit": ["auditor"], "it": ["admin"]}


@pytest.fixture(scope="module")
def the_provider() -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider(int(NOW.timestamp()))
    yield provider
    provider.close()


@pytest.fixture
def provider(the_provider: OpenIdProvider) -> OpenIdProvider:
    """The provider, honest, vouching for somebody of the desk."""
    first = next((key for key in the_provider.keys if key.kid == "first"), None)
    the_provider.keys = [first or RSAKey.generate_key(2048, {"kid": "first"})]
    the_provider.person = {"sub": "42", "preferred_username": "Olga", "groups": ["desk", "chess club"]}
    the_provider.claims, the_provider.header, the_provider.answers = {}, {}, {}
    the_provider.left_out, the_provider.sign_with, the_provider.refused = (), None, []
    return the_provider


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first command leaves it."""
    home = tmp_path_factory.mktemp("migrated") / "home"
    Engine(Settings(home=home)).close()
    return home


@pytest.fixture
def engine(tmp_path: Path, migrated: Path, provider: OpenIdProvider) -> Iterator[Engine]:
    shutil.copytree(migrated, tmp_path / "home")
    settings = Settings(
        home=tmp_path / "home",
        oidc_issuer=provider.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,  # type: ignore[arg-type]
        oidc_redirect_url=SITE + CALLBACK,
        oidc_roles=ROLES,
    )
    with Engine(settings, clock=FixedClock(NOW), chance=SeededRandom(1)) as opened:
        yield opened


@pytest.fixture
def app(engine: Engine) -> FastAPI:
    return real_app(engine)


@pytest.fixture
def olga(app: FastAPI) -> Iterator[TestClient]:
    with browser(app) as client:
        yield client


def sent(client: TestClient) -> str:
    """Where the browser is sent."""
    answer = client.get("/v1/session/oidc", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def back(client: TestClient, **parameters: str) -> Any:
    """The browser comes back."""
    return client.get(CALLBACK, params=parameters, follow_redirects=False)


def signed_in(client: TestClient, provider: OpenIdProvider) -> Any:
    return back(client, **provider.approve(sent(client)))


def recorded(engine: Engine) -> list[tuple[str, Any]]:
    with engine.ledger.snapshot() as snapshot:
        events = [json.loads(entry.body) for entry in snapshot.entries]
    return [(each["type"], each.get("body", {})) for each in events if each.get("step") == "identity"]


def test_whom_the_provider_vouches_for_is_signed_in_with_the_roles_of_their_groups(
    olga: TestClient, provider: OpenIdProvider
) -> None:
    answer = signed_in(olga, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/v1/session")
    told = olga.get("/v1/session").json()
    assert (told["name"], told["roles"]) == ("olga", ["officer", "reviewer"])
    assert ATTEMPT_COOKIE not in olga.cookies


def test_an_account_is_made_once_and_is_found_by_issuer_and_subject(
    engine: Engine, olga: TestClient, provider: OpenIdProvider
) -> None:
    signed_in(olga, provider)
    provider.person["preferred_username"] = "olga.married"
    assert signed_in(olga, provider).status_code == 303
    assert olga.get("/v1/session").json()["name"] == "olga"
    assert [each for each, _ in recorded(engine)] == ["user.added", "session.signed_in", "session.signed_in"]


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"nonce": "another"}},
        {"left_out": ("nonce",)},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": ["remit", "another"], "azp": "another"}},
        {"left_out": ("aud",)},
        {"claims": {"iss": "https://evil.example"}},
        {"left_out": ("iss",)},
        {"claims": {"exp": int(NOW.timestamp()) - 61}},
        {"left_out": ("exp",)},
        {"claims": {"exp": "tomorrow"}},
        {"claims": {"nbf": int(NOW.timestamp()) + 3600}},
        {"left_out": ("iat",)},
        {"left_out": ("sub",)},
        {"claims": {"sub": ""}},
        {"claims": {"sub": ["42"]}},
        {"claims": {"at_hash": "of-another-token"}},
        {"header": {"alg": "none"}},
        {"header": {"alg": "HS256"}},
        {"header": {"kid": "unknown"}},
        {"sign_with": RSAKey.generate_key(2048)},
        {"answers": {"/token": {"access_token": "opaque"}}},
        {"answers": {"/token": {"id_token": "no.token.at-all"}}},
        {"answers": {"/token": {"id_token": {"sub": "42"}}}},
    ],
    ids=lambda lie: "another's key" if "sign_with" in lie else str(lie),
)
def test_an_id_token_that_does_not_hold_lets_nobody_in(
    engine: Engine, olga: TestClient, provider: OpenIdProvider, lie: dict[str, Any]
) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)
    answer = signed_in(olga, provider)
    assert (answer.status_code, answer.json()["type"]) == (401, "urn:remit:problem:sign_in")
    assert recorded(engine) == [("session.sign_in_failed", {"why": "sign_in", "how": "oidc"})]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", {"issuer": "https://evil.example"}),
        ("/.well-known/openid-configuration", b"<html>"),
        ("/.well-known/openid-configuration", b"[" * 1_000_001),
        ("/token", b"<html>"),
        ("/token", []),
        ("/keys", b""),
    ],
    ids=["another issuer", "no JSON", "too much", "no JSON token", "no object", "no keys"],
)
def test_a_provider_that_fails_lets_nobody_in(
    olga: TestClient, provider: OpenIdProvider, path: str, answer: Any
) -> None:
    provider.answers[path] = answer
    begun = olga.get("/v1/session/oidc", follow_redirects=False)
    if begun.status_code == 303:
        begun = back(olga, **provider.approve(begun.headers["Location"]))
    used_up = "/callback" in str(begun.url)
    assert (begun.status_code, begun.json()["nothing_done"]) == (503, not used_up)


def test_the_cookie_of_an_attempt_is_guarded_as_well(olga: TestClient) -> None:
    cookie = olga.get("/v1/session/oidc", follow_redirects=False).headers["Set-Cookie"].lower()
    assert cookie.startswith("__host-remit-sign-in=")
    for part in ("; httponly", "; secure", "; samesite=lax", "; path=/", "; max-age=600"):
        assert part in cookie


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_another_site_begins_no_sign_in(olga: TestClient, site: str | None) -> None:
    del olga.headers["Sec-Fetch-Site"]
    answer = olga.get("/v1/session/oidc", headers={"Sec-Fetch-Site": site} if site else {}, follow_redirects=False)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:remit:problem:cross_site")
    assert ATTEMPT_COOKIE not in olga.cookies


def test_a_person_may_type_the_address_of_the_sign_in(olga: TestClient) -> None:
    olga.headers["Sec-Fetch-Site"] = "none"
    assert sent(olga)


def test_what_the_provider_gives_stays_on_our_side(engine: Engine, olga: TestClient, provider: OpenIdProvider) -> None:
    given = provider.id_token
    tokens: list[str] = []
    provider.id_token = lambda asked: tokens.append(given(asked)) or tokens[-1]  # type: ignore[method-assign, func-returns-value]
    try:
        answer = signed_in(olga, provider)
    finally:
        provider.id_token = given  # type: ignore[method-assign]
    told = f"{answer.headers} {answer.text} {olga.get('/v1/session').text}"
    secret = tokens[0].split(".")[2]
    engine.close()
    kept = b"".join(file.read_bytes() for file in engine.home.rglob("*") if file.is_file())
    assert (secret in told, secret.encode() in kept) == (False, False)


def test_a_state_works_once(olga: TestClient, provider: OpenIdProvider) -> None:
    parameters = provider.approve(sent(olga))
    attempt = olga.cookies[ATTEMPT_COOKIE]
    assert back(olga, **parameters).status_code == 303
    olga.cookies.set(ATTEMPT_COOKIE, attempt)
    assert back(olga, **parameters).json()["detail"] == "this sign-in is over"


def test_a_code_works_once(olga: TestClient, provider: OpenIdProvider) -> None:
    code = provider.approve(sent(olga))["code"]
    state = provider.approve(sent(olga))["state"]
    # The code belongs to the first attempt: its PKCE challenge is another one.
    assert back(olga, code=code, state=state).status_code == 401
    assert provider.refused == [code]


def test_a_code_that_was_stolen_is_worth_nothing_in_another_browser(app: FastAPI, provider: OpenIdProvider) -> None:
    with browser(app) as victim, browser(app) as thief:
        stolen = provider.approve(sent(victim))
        assert back(thief, **stolen).json()["detail"] == "this sign-in was not begun in this browser"
        sent(thief)
        assert back(thief, **stolen).status_code == 401


def test_nobody_is_signed_in_as_somebody_else_by_a_link(app: FastAPI, provider: OpenIdProvider) -> None:
    with browser(app) as thief, browser(app) as victim:
        link = provider.approve(sent(thief))
        assert back(victim, **link).status_code == 401


def test_who_takes_too_long_begins_again(engine: Engine, olga: TestClient, provider: OpenIdProvider) -> None:
    parameters = provider.approve(sent(olga))
    assert isinstance(engine.clock, FixedClock)
    engine.clock.advance(timedelta(minutes=10))
    assert back(olga, **parameters).json()["detail"] == "this sign-in is over"


def test_who_is_not_let_in_by_the_provider_is_not_let_in(olga: TestClient, provider: OpenIdProvider) -> None:
    state = provider.approve(sent(olga))["state"]
    assert back(olga, state=state, error="access_denied").status_code == 401


def test_a_new_key_of_the_provider_is_found(engine: Engine, olga: TestClient, provider: OpenIdProvider) -> None:
    signed_in(olga, provider)
    provider.new_key()
    assert signed_in(olga, provider).status_code == 401  # it was asked for its keys this very moment
    assert isinstance(engine.clock, FixedClock)
    engine.clock.advance(timedelta(seconds=30))
    assert signed_in(olga, provider).status_code == 303


@pytest.mark.parametrize("groups", [[], ["chess club"], "admin", ["admin"], {"it": True}, [["it"]], None, 7], ids=str)
def test_groups_that_nobody_named_open_nothing(
    engine: Engine, olga: TestClient, provider: OpenIdProvider, groups: Any
) -> None:
    provider.person["groups"] = groups
    assert signed_in(olga, provider).status_code == 401
    assert recorded(engine) == [("session.sign_in_failed", {"why": "no role", "how": "oidc"})]


def test_groups_that_nobody_has_together_let_nobody_in(olga: TestClient, provider: OpenIdProvider) -> None:
    provider.person["groups"] = ["it", "desk"]
    answer = signed_in(olga, provider)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:remit:problem:duties")


def test_roles_that_were_taken_there_are_taken_here(
    engine: Engine, app: FastAPI, olga: TestClient, provider: OpenIdProvider
) -> None:
    signed_in(olga, provider)
    provider.person["groups"] = ["audit"]
    with browser(app) as elsewhere:
        signed_in(elsewhere, provider)
        assert elsewhere.get("/v1/session").json()["roles"] == ["auditor"]
        assert olga.get("/v1/session").status_code == 401
        provider.person["groups"] = []
        assert signed_in(olga, provider).status_code == 401
        assert elsewhere.get("/v1/session").status_code == 401
    with engine.store.read() as unit:
        assert unit.identities.get("olga").roles == ()


def test_who_is_shut_out_here_stays_out(engine: Engine, olga: TestClient, provider: OpenIdProvider) -> None:
    signed_in(olga, provider)
    disable_user(engine.services, ADA, "olga")
    assert signed_in(olga, provider).status_code == 401


def test_a_name_of_somebody_else_is_not_taken_over(engine: Engine, olga: TestClient, provider: OpenIdProvider) -> None:
    person(engine, "olga", "auditor")
    assert signed_in(olga, provider).status_code == 409
    assert olga.get("/v1/session").status_code == 401


@pytest.mark.parametrize(
    "missing", [{"oidc_client_id": ""}, {"oidc_client_secret": ""}, {"oidc_redirect_url": ""}], ids=str
)
def test_half_a_setting_is_told(missing: dict[str, str]) -> None:
    whole = {"oidc_client_id": "a", "oidc_client_secret": "b", "oidc_redirect_url": SITE}
    with pytest.raises(InputError, match=next(iter(missing)).upper()):
        provider_of(Settings(oidc_issuer=SITE, **{**whole, **missing}), FixedClock(NOW))  # type: ignore[arg-type]


def test_a_provider_in_the_open_is_refused() -> None:
    whole: dict[str, Any] = {"oidc_client_id": "a", "oidc_client_secret": "b", "oidc_redirect_url": SITE}
    with pytest.raises(InputError, match="not https"):
        provider_of(Settings(oidc_issuer="http://id.example", **whole), FixedClock(NOW))
