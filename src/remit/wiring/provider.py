"""The OpenID provider of the settings."""

from __future__ import annotations

from remit.core.errors import InputError
from remit.core.ports import Clock
from remit.identity.provider import Provider
from remit.settings import Settings


def provider_of(settings: Settings, clock: Clock) -> Provider | None:
    """The provider, or None where no issuer is set. Nothing is reached before somebody signs in.

    Raises:
        InputError: an issuer is set, but not all that goes with it; or an address is not https.
    """
    if settings.oidc_issuer is None:
        return None
    needed = ("oidc_client_id", "oidc_client_secret", "oidc_redirect_url")
    missing = [f"REMIT_{name.upper()}" for name in needed if not getattr(settings, name)]
    if missing:
        raise InputError(
            f"an OpenID provider is set, but not {', '.join(missing)}",
            code="settings",
            mend="see docs/guides/identity.md",
        )
    from remit.adapters.oidc import OidcProvider

    secret = settings.oidc_client_secret.get_secret_value()
    return OidcProvider(settings.oidc_issuer, settings.oidc_client_id, secret, settings.oidc_redirect_url, clock)
