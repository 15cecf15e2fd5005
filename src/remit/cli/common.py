"""What the verbs share: their options, who is asking, and how results are printed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from remit.core.words import Actor
    from remit.wiring import Engine

PackName = Annotated[str, typer.Argument(metavar="PACK", help="A pack's name, or its folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
As = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who is asking (default: REMIT_ACTOR, or you).")]
Roles = Annotated[list[str] | None, typer.Option("--role", metavar="ROLE", help="A role of theirs; may be repeated.")]
DecisionName = Annotated[
    str | None, typer.Option("--decision", metavar="NAME", help="Which decision, where a pack has several.")
]


def open_engine() -> Engine:
    """The engine on the settings' data folder. Use it in a `with`."""
    from remit.wiring import Engine

    return Engine()


def open_existing() -> Engine:
    """The engine on a data folder that is there: what is to be verified must not be made by asking.

    Raises:
        NotFound: the settings name a data folder without a database.
    """
    from remit.core.errors import NotFound
    from remit.settings import load_settings
    from remit.wiring import Engine

    settings = load_settings()
    if settings.database_url is None and not (settings.home / "remit.db").exists():
        raise NotFound(f"there is no database in {settings.home}", mend="set REMIT_HOME to the data folder")
    return Engine(settings)


def actor(engine: Engine, name: str | None, roles: list[str] | None) -> Actor:
    """Who is asking, from the options or the settings."""
    from remit.core.words import Actor

    given = tuple(roles) if roles else tuple(role.strip() for role in engine.settings.roles.split(",") if role.strip())
    return Actor(name or engine.settings.actor, "user", given)


def words(pairs: list[str] | None) -> dict[str, str]:
    """`NAME=VALUE` pairs. Raises InputError."""
    from remit.core.errors import InputError

    found: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise InputError(f"`{pair[:60]}` is no NAME=VALUE", mend="write it such as amount_cents=250000")
        found[name.strip()] = value
    return found


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    import orjson

    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
    sys.stdout.flush()  # a full disk is told now, not by the interpreter on its way out


def print_list(found: Sequence[Any], as_json: bool, line: Callable[[Any], str], none: str) -> None:
    """A list as one JSON document, or a line for each; `none` says that there is nothing."""
    if as_json:
        print_json(found)
        return
    for each in found:
        say(line(each))
    if not found:
        say(none)


def say(text: str = "") -> None:
    """One line for a person, on standard output."""
    typer.echo(text)


def note(text: str) -> None:
    """One line about what is going on, on standard error."""
    typer.echo(text, err=True)


def note_first_use(engine: Engine) -> None:
    """Tell why the first search in a data folder takes long: the embedding model is compiled for it."""
    if not any((engine.home / "models").glob("*")):
        note("the embedding model is being made ready, once for this data folder: it takes some seconds")


def note_misspelt_settings() -> None:
    """Tell whoever starts what runs for long of variables that nobody heeds, such as `REMIT_DATABASE`."""
    from remit.settings import misspelt

    for name, meant in misspelt(os.environ).items():
        note(f"remit: {name} is no setting, so nobody heeds it; did you mean {meant}?")


def moment(text: str) -> datetime:
    """A moment as a person writes it, in UTC where no offset is said. Raises InputError."""
    from datetime import UTC, datetime

    from remit.core.errors import InputError

    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"`{text}` is not a time", mend="write it as 2026-11-01 or 2026-11-01T12:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def read_json(path: str, what: str) -> Any:
    """The JSON of a file, or of standard input for ``-``.

    Raises:
        InputError: it cannot be read, is empty, or is not JSON (NaN and Infinity are not).
    """
    import orjson

    from remit.core.errors import InputError

    try:
        return orjson.loads(_read(path, what))
    except orjson.JSONDecodeError as error:
        raise InputError(f"{path} is not valid JSON: {error}", code="json", mend="mend it and ask again") from error


def read_text(path: str, what: str) -> str:
    """The text of a file, or of standard input for ``-``.

    Raises:
        InputError: it cannot be read, is empty, or is not UTF-8.
    """
    from remit.core.errors import InputError

    try:
        return _read(path, what).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text", mend="save it as UTF-8") from error


def _read(path: str, what: str) -> bytes:
    from remit.core.errors import InputError

    try:
        data = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", mend=f"give {what} in an existing file") from error
    if not data.strip():
        raise InputError(f"{'standard input' if path == '-' else path} is empty", mend=f"give {what} as JSON")
    return data
