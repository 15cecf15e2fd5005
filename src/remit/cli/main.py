"""`remit`: the verbs, gathered. Nothing heavy is imported before a verb is called."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from remit import __version__
from remit.cli import (
    batch,
    bench,
    decide,
    demo,
    doctor,
    explain,
    index,
    keys,
    learn,
    ledger,
    outcomes,
    pack,
    policy,
    replay,
    reviews,
    search,
    serve,
    users,
    webhooks,
    worker,
)
from remit.cli import eval as evaluate

app = typer.Typer(
    name="remit",
    help="A decision engine whose agents act only within their remit.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, module in (
    ("demo", demo),
    ("decide", decide),
    ("batch", batch),
    ("explain", explain),
    ("replay", replay),
    ("search", search),
    ("index", index),
    ("doctor", doctor),
    ("bench", bench),
    ("eval", evaluate),
    ("serve", serve),
    ("worker", worker),
):
    app.command(name)(module.command)
app.add_typer(reviews.app, name="reviews")
app.add_typer(pack.app, name="pack")
app.add_typer(policy.app, name="policy")
app.add_typer(ledger.app, name="ledger")
app.add_typer(learn.app, name="learn")
app.add_typer(keys.app, name="keys")
app.add_typer(outcomes.app, name="outcomes")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(users.app, name="users")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"remit {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """A decision engine whose agents act only within their remit."""


def run() -> None:
    """The entry point: every error ends in plain words on standard error and the right exit code."""
    from remit.core.errors import RemitError

    try:
        app()
    except RemitError as error:
        _complain(error.message, error.mend)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _complain("interrupted; nothing is half done")
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away (`remit … | head`): that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _complain(f"the machine refused: {error}", "free some space, or mend permissions, and try again")
        sys.exit(3)
    except Exception as error:  # the last line of defence: a person never sees a traceback
        if os.environ.get("REMIT_DEBUG"):
            raise
        _complain(f"unexpected {type(error).__name__}: {error}", "set REMIT_DEBUG=1 for the traceback, and report it")
        sys.exit(3)


def _complain(message: str, mend: str | None = None) -> None:
    text = f"remit: {message}" + (f"\n  = {mend}" if mend else "")
    print(text.encode("utf-8", "backslashreplace").decode("utf-8")[:20_000], file=sys.stderr)
