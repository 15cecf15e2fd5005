"""Figures over decisions: how many, what came of them, how many without a person; day by day for a chart."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from remit.agents.records import Tally, Wanted
from remit.chat.conversation import Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.core.errors import RemitError
from remit.service.chat.finding import between, moment
from remit.service.chat.reach import Reach
from remit.service.dashboard import MEASURED_MAX
from remit.service.kpis import Measured, measure_kpis
from remit.service.shares import shares_of

DAYS_MAX = 92
DEFAULT_DAYS = 30
_METRICS = {
    "volume": "decisions",
    "automation": "share without a person",
    "escalation": "share that went to a person",
    "denial": "share denied",
}


def kpis(reach: Reach, call: Call) -> Result:
    """The figures of a period; the last 30 days where none is said."""
    metric = str(call.args.get("metric") or "volume")
    metric = metric if metric in _METRICS else "volume"
    pack = call.args.get("pack")
    now = reach.desk.services.clock.now()
    since = moment(call.args, "since") or (None if call.args.get("until") else now - timedelta(days=DEFAULT_DAYS))
    asker = reach.principal.id if reach.whose == "own" else None
    name = None if pack is None else reach.desk.services.pack(str(pack)).name
    kind = reach.kind(call.args)
    wanted = Wanted(pack=name, decision=kind, asker=asker, since=since, until=moment(call.args, "until"))
    tallies = _tallied(reach, wanted)
    span = between(wanted.since, wanted.until)
    said = ", ".join(each for each in (kind or name or "all packs", span, "yours" if asker else "") if each)
    figures = _figures(tallies)
    lines = [f"{figures['decisions']:,} decisions ({said}) [1]."]
    if tallies:
        shares = shares_of(tallies)
        alone, asked_for, denied = (_counted(shares[name], shares["judged"]) for name in ("alone", "asked", "denied"))
        lines.append(f"Without a person: {alone}; to a person: {asked_for}; denied: {denied}.")
    declared = _declared(reach, name, wanted)
    asked = [each for each in declared if each.kpi.name == call.args.get("figure")]
    several = len({each.decision for each in declared if each.pack == name}) > 1 or kind is not None
    told = [_in_words(each, by_decision=several) for each in asked or (declared if name else ())]
    lines = [*told, *lines] if asked else [*lines, *told]
    text = "\n".join(lines)
    chart = {
        "title": f"{_METRICS[metric]} by day",
        "kind": "bars",
        "metric": metric,
        "points": _points(tallies, metric),
    }
    columns = ["status", "decisions"]
    stages: Counter[str] = Counter()
    for each in tallies:
        stages[each.stage] += each.count
    by_status = [{"status": stage, "decisions": n} for stage, n in stages.most_common()]
    parts = (
        RunEvent("chart", {**chart, "figures": figures}),
        RunEvent("table", {"title": "By status", "columns": columns, "rows": by_status}),
        *([RunEvent("table", _table(declared))] if declared else []),
    )
    query = {"pack": name, "decision": kind, "since": wanted.since and wanted.since.isoformat(), "asker": asker}
    source = Citation("figures", "/v1/decisions", "the list of decisions", {"query": _given(query)})
    outcome: Any = "answered" if tallies else "not_found"
    answer = Answer(text, (source,), parts, outcome=outcome, title=f"Figures: {said}")
    return Result("kpis", answer, {"text": text, "figures": figures})


def _declared(reach: Reach, pack: str | None, wanted: Wanted) -> list[Measured]:
    """What the packs declare of themselves, over the same decisions; a pack with problems is left out."""
    services, found = reach.desk.services, list[Measured]()
    since = wanted.since or services.clock.now() - timedelta(days=DEFAULT_DAYS)
    packs = services.library.names() if pack is None else [pack]
    for each in packs:
        with contextlib.suppress(RemitError):
            most = MEASURED_MAX // len(packs)
            found += measure_kpis(services, each, since=since, until=wanted.until, asker=wanted.asker, most=most)
    return [each for each in found if wanted.decision in (None, each.decision)]


def _table(declared: Sequence[Measured]) -> dict[str, Any]:
    rows = [
        {
            "decision": each.decision,
            "figure": _plainly(each.kpi.name),
            "value": each.words,
            "in total": "" if each.total is None else each.kpi.said(each.total),
            "wanted": each.kpi.target,
            "met": {None: "", True: "yes", False: "no"}[each.met],
            "over": each.count,
            "notes": "; ".join(each.notes),
        }
        for each in declared
    ]
    return {"title": "Figures that are declared", "columns": list(rows[0]), "rows": rows}


def _in_words(each: Measured, *, by_decision: bool) -> str:
    verdict = {None: "", True: ", met", False: ", not met"}[each.met]
    wanted = f" ({each.kpi.target}{verdict})" if each.kpi.target else ""
    owner = each.decision if by_decision else each.pack
    return f"{_plainly(each.kpi.name)} of {owner}: {each.words}{wanted}, over {each.count:,}."


def _plainly(name: str) -> str:
    """A figure's name as people say it."""
    return name.replace("_", " ").capitalize()


def _tallied(reach: Reach, wanted: Wanted) -> list[Tally]:
    with reach.desk.services.store.read() as unit:
        return unit.decisions.tally(wanted)


def _figures(tallies: Sequence[Tally]) -> dict[str, Any]:
    """Those under way are counted, and are not among the shares."""
    found = shares_of(tallies)
    return {
        "decisions": found["decisions"],
        "automation": _rounded(found["alone"]),
        "escalation": _rounded(found["asked"]),
        "denial": _rounded(found["denied"]),
    }


def _points(tallies: Sequence[Tally], metric: str) -> list[dict[str, Any]]:
    """One point a day that had decisions, the oldest first."""
    name = "decisions" if metric == "volume" else metric
    days = groupby(tallies, key=lambda each: each.day)
    return [{"day": day, "value": _figures(list(of_day))[name]} for day, of_day in days][-DAYS_MAX:]


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _counted(share: float | None, among: int) -> str:
    """How many, and which share that is."""
    return "none to tell" if share is None else f"{round(share * among):,} ({share:.0%})"


def _given(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
