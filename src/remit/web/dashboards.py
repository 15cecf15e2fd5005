"""``/dashboards``: figures with a plain verdict each, charts with their tables, links to the decisions behind them."""

from __future__ import annotations

import functools
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Query, Request, Response

from remit.api.doors import Entered, TheEngine
from remit.core.errors import InputError, RemitError
from remit.identity.principal import Principal
from remit.service.dashboard import dashboard, reviewers
from remit.service.kpis import Measured
from remit.service.learning.status import learning_status
from remit.web.charts import Line, bars, line, spark
from remit.web.gate import opens, page_door
from remit.web.navigation import PLACES, places
from remit.web.page_route import pages
from remit.web.render import page
from remit.web.words import percent, plain, span
from remit.wiring import Engine
from remit.wiring.operate import gauges_of

router = pages()
SPANS = (7, 30, 60)


@router.get("/dashboards")
def dashboards(
    request: Request,
    engine: TheEngine,
    who: Annotated[Entered, Depends(page_door("learning.read"))],
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    pack: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The figures of one pack, or of all."""
    names = engine.services.library.names()
    if pack and pack not in names:
        raise InputError(f"there is no pack `{pack}`", mend=f"one of {', '.join(names)}")
    found = dashboard(engine.services, days=days, pack=pack or None)
    kpis = found["kpis"]
    learnt = _learnt(engine, [pack] if pack else names)
    by_day, settled = found["by_day"], found["settled_by_day"]
    drawn = functools.partial(line, today=by_day[-1]["day"])
    may_see_people = opens(who.principal, "reviews.statistics")
    return page(
        request,
        "dashboards.html",
        found=found,
        days=days,
        spans=SPANS,
        pack=pack,
        packs=names,
        link=lambda **said: "/dashboards?" + urlencode({"days": days, "pack": pack, **said}),
        tiles=_open_to(who.principal, _tiles(found, learnt, {each.name: each.value for each in gauges_of(engine)})),
        volume=drawn("Decisions", [(each["day"], float(each["decisions"])) for each in by_day]),
        automation=drawn(
            "Decided without a person",
            [(each["day"], each["alone"]) for each in by_day],
            as_percent=True,
            marks=_marks(_alone(found)),
        ),
        denials=drawn("Denied by the policy", [(each["day"], each["denied"]) for each in by_day], as_percent=True),
        opened=drawn("Sent to people", [(each["day"], float(each["opened"])) for each in settled]),
        rewards=drawn(
            "What actions were worth", [(each["day"], each["reward"]) for each in found["rewards"]], as_percent=True
        ),
        kpis=kpis,
        kpi_charts=[_chart(each) for each in kpis if each.kpi.counted != "alone"] if pack else [],
        reasons=bars([(rule, float(many)) for rule, many in found["reasons"]]),
        quality=bars(found["quality"], as_percent=True),
        people=sorted(reviewers(engine.services).items()) if may_see_people else None,
        learnt=learnt,
    )


def _open_to(who: Principal, tiles: list[dict[str, str]]) -> list[dict[str, str]]:
    """The tiles, without a link where it would lead to a place that is closed to somebody."""
    closed = {place.path for place in PLACES} - {place.path for place in places(who)}
    return [{**each, "href": "" if _place_of(each["href"]) in closed else each["href"]} for each in tiles]


def _place_of(href: str) -> str:
    return "/" + urlsplit(href).path.strip("/").split("/")[0]


def _tiles(found: dict[str, Any], learnt: list[dict[str, Any]], gauges: dict[str, float]) -> list[dict[str, str]]:
    """What matters most, each with a verdict and the address of just those that were counted."""
    total, by_day = found["total"], found["by_day"]
    alarms = sum(len(each["watch"]["alarms"]) for each in learnt)
    declared = _alone(found)
    wanted = None if declared is None else declared.kpi.target_min
    alone = total["alone"]
    below = wanted is not None and alone is not None and alone < wanted
    these = {**({"pack": found["pack"]} if found["pack"] else {}), "since": found["since"]}
    only = learnt[0]["decision"] if found["pack"] and len(learnt) == 1 else None
    age = gauges.get("remit_ledger_checkpoint_age_seconds", 0.0)
    # What is known of today would look like a fall.
    whole, settled = by_day[:-1], found["settled_by_day"][:-1]
    return [
        {
            "label": f"Decisions in {found['days']} days",
            "value": f"{total['decisions']:,}",
            "say": f"{total['failed']} failed: look now" if total["failed"] else "none failed",
            "kind": "down" if total["failed"] else "up",
            "href": f"/decisions?{urlencode(these)}",
            "points": spark([each["decisions"] for each in whole]),
        },
        {
            "label": "Decided without a person",
            "value": "—" if alone is None else percent(alone),
            "say": "no target"
            if wanted is None
            else f"under {percent(wanted)}: look now"
            if below
            else f"over {percent(wanted)}",
            "kind": "" if wanted is None else "down" if below else "up",
            "href": f"/decisions?{urlencode({**these, 'alone': '1'})}",
            "points": spark([each["alone"] for each in whole]),
        },
        {
            "label": "Waiting for people",
            "value": f"{found['waiting']:,}",
            "say": f"{found['overdue']} overdue: look now" if found["overdue"] else "none overdue",
            "kind": "down" if found["overdue"] else "up",
            "href": f"/queue?{urlencode({'kind': only})}" if only else "/queue",
            "points": spark([each["opened"] for each in settled]),
        },
        {
            "label": "Alarms of drift",
            "value": str(alarms),
            "say": "look now" if alarms else "nothing has shifted",
            "kind": "down" if alarms else "up",
            "href": f"/learning/{found['pack']}" if only else "/learning",
            "points": "",
        },
        {
            "label": "Events in the ledger",
            "value": f"{gauges.get('remit_ledger_events', 0):,.0f}",
            "say": "checkpoint just written" if age < 60 else f"checkpoint {span(age)} old",
            "kind": "",
            "href": "/ledger",
            "points": "",
        },
        *([_tile(each) for each in found["kpis"] if each is not declared] if found["pack"] else []),
    ]


def _tile(each: Measured) -> dict[str, str]:
    """A figure that the pack declares, with a verdict where it has a target."""
    kpi, verdict = each.kpi, {None: each.kpi.target or "no target", True: each.kpi.target}
    return {
        "label": plain(kpi.name),
        "value": each.words,
        "say": verdict.get(each.met, f"not {kpi.target}: look now"),
        "kind": {None: "", True: "up", False: "down"}[each.met],
        "href": "#figures",
        "points": spark([day.value for day in each.by_day]),
    }


def _chart(each: Measured) -> Line | None:
    title = plain(each.kpi.name) + (f", {each.kpi.unit}" if each.kpi.unit else "")
    return line(title, [(day.day, day.value) for day in each.by_day], as_percent=each.kpi.is_share, marks=_marks(each))


def _alone(found: dict[str, Any]) -> Measured | None:
    """What one pack declares of the share that is decided without a person."""
    return next((each for each in found["kpis"] if each.kpi.counted == "alone"), None) if found["pack"] else None


def _marks(each: Measured | None) -> list[tuple[float, str]]:
    if each is None:
        return []
    kpi = each.kpi
    ends = ((kpi.target_min, "at least"), (kpi.target_max, "at most"))
    return [(value, f"{word} {kpi.said(value)}") for value, word in ends if value is not None]


def _learnt(engine: Engine, packs: list[str]) -> list[dict[str, Any]]:
    """Where learning stands for each decision; a pack with problems is left to its own page."""
    found = []
    for name in packs:
        try:
            pack = engine.services.pack(name)
            found += [learning_status(engine.services, name, decision=each) for each in pack.decisions]
        except RemitError:
            continue
    return found
