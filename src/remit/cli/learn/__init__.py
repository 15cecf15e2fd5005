"""`remit learn`: turn outcomes into a better proposer, under gates. One verb a file."""

from __future__ import annotations

import typer

from remit.cli.learn import (
    acknowledge,
    check,
    drift,
    examples,
    gate,
    kpis,
    register,
    rollback,
    rollout,
    snapshot,
    status,
    thresholds,
    train,
    vet_synthetic,
)

app = typer.Typer(help="Train, gate and roll out proposers.", no_args_is_help=True)


@app.callback()
def learn() -> None:
    """Train, gate and roll out proposers."""


for name, verb in (
    ("snapshot", snapshot),
    ("check", check),
    ("train", train),
    ("register", register),
    ("thresholds", thresholds),
    ("gate", gate),
    ("rollout", rollout),
    ("status", status),
    ("kpis", kpis),
    ("drift", drift),
    ("acknowledge", acknowledge),
    ("rollback", rollback),
    ("examples", examples),
    ("vet-synthetic", vet_synthetic),
):
    app.command(name)(verb.command)
