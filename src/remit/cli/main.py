"""`remit`: the verbs, gathered. Nothing heavy is imported before a verb is called."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

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
from remit.cli.common import print_json

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
    """The entry point: every error ends in plain words on standard error and the right exit code.

    With ``--json`` it is also the one document on standard output, under `error`.
    """
    from remit.core.errors import RemitError

    try:
        app()
    except SystemExit as end:
        _complain_of_end(end)
        raise
    except RemitError as error:
        _complain(error.message, error.mend, error.to_json())
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _let_go_of_the_output()  # the reader went away (`remit … | head`): that is its right
        sys.exit(0)
    except OSError as error:
        _complain(f"the machine refused: {error}", "free some space, or mend permissions, and try again")
        sys.exit(3)
    except Exception as error:  # the last line of defence: a person never sees a traceback
        if os.environ.get("REMIT_DEBUG"):
            raise
        _complain(f"unexpected {type(error).__name__}: {error}", "set REMIT_DEBUG=1 for the traceback, and report it")
        sys.exit(3)


def _complain_of_end(end: SystemExit) -> None:
    """What typer ends a process for by itself: it has told a person of wrong use, and says nothing of Ctrl-C."""
    said = end.__context__
    if isinstance(said, typer.Exit) and isinstance(said.__cause__, KeyboardInterrupt):
        _complain("interrupted; nothing is half done", error={"code": "interrupted"})
    elif wrong_use := getattr(said, "format_message", None):
        _print_error({"code": "usage", "message": wrong_use()})


def _complain(message: str, mend: str | None = None, error: dict[str, Any] | None = None) -> None:
    message = message.encode("utf-8", "backslashreplace").decode("utf-8")
    print((f"remit: {message}" + (f"\n  = {mend}" if mend else ""))[:20_000], file=sys.stderr)
    _print_error({"code": "system", "mend": mend, **(error or {}), "message": message})


def _print_error(error: dict[str, Any]) -> None:
    """The error for a program that has asked for JSON, where its end of the pipe still takes it."""
    if "--json" in sys.argv[1:]:
        try:
            print_json({"error": error})
        except OSError:
            _let_go_of_the_output()


def _let_go_of_the_output() -> None:
    """What is still to be written goes nowhere, and the interpreter does not complain of it on its way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
