"""`remit learn kpis`: the figures that a pack declares, measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.common import AsJson, PackName, open_engine, print_json, say

if TYPE_CHECKING:
    from remit.service.kpis import Measured


def command(
    pack: PackName,
    as_json: AsJson = False,
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Over so many days until now.")] = 30,
) -> None:
    """Measure every figure that a pack declares, beside its target."""
    from remit.service.kpis import first_day, measure_kpis

    with open_engine() as engine:
        found = measure_kpis(engine.services, pack, since=first_day(engine.clock.now(), days))
    if as_json:
        print_json([each.to_json() for each in found])
        return
    for each in found:
        _say(each)


def _say(each: Measured) -> None:
    kpi = each.kpi
    verdict = {None: "", True: "  ok", False: "  MISSED"}[each.met]
    say(f"{kpi.name}: {each.words} over {each.count:,}" + (f" ({kpi.target}){verdict}" if kpi.target else ""))
    if each.total is not None:
        say(f"  in total {kpi.said(each.total)}")
    for note in each.notes:
        say(f"  {note}")
