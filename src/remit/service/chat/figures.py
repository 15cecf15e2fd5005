"""Figures over decisions: how many, what came of them, how many without a person; day by day for a chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from remit.agents.records import FINAL, Listed, Wanted
from remit.chat.conversation import Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.service.chat.finding import between, moment
from remit.service.chat.reach import Reach

COUNTED_MAX = 50_000
AT_ONCE = 1_000
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
    wanted = Wanted(pack=name, asker=asker, since=since, until=moment(call.args, "until"))
    rows, complete = _counted(reach, wanted)
    span = between(wanted.since, wanted.until)
    said = ", ".join(each for each in (name or "all packs", span, "yours" if asker else "") if each)
    figures = _figures(rows)
    lines = [f"{figures['decisions']:,} decisions ({said}) [1]."]
    if rows:
        lines.append(
            f"Without a person: {_percent(figures['automation'])}; to a person: {_percent(figures['escalation'])}; "
            f"denied: {_percent(figures['denial'])}."
        )
    if not complete:
        lines.append(f"Only the newest {COUNTED_MAX:,} are counted; say a shorter time.")
    text = "\n".join(lines)
    chart = {"title": f"{_METRICS[metric]} by day", "kind": "bars", "metric": metric, "points": _points(rows, metric)}
    columns = ["status", "decisions"]
    by_status = [{"status": stage, "decisions": n} for stage, n in Counter(row.stage for row in rows).most_common()]
    parts = (
        RunEvent("chart", {**chart, "figures": figures}),
        RunEvent("table", {"title": "By status", "columns": columns, "rows": by_status}),
    )
    query = {"pack": name, "since": wanted.since and wanted.since.isoformat(), "asker": asker}
    source = Citation("figures", "/v1/decisions", "the list of decisions", {"query": _given(query)})
    outcome: Any = "answered" if rows else "not_found"
    answer = Answer(text, (source,), parts, outcome=outcome, title=f"Figures: {said}")
    return Result("kpis", answer, {"text": text, "figures": figures})


def _counted(reach: Reach, wanted: Wanted) -> tuple[list[Listed], bool]:
    rows: list[Listed] = []
    for page in _pages(reach, wanted):
        rows += page
        if len(rows) >= COUNTED_MAX:
            return rows[:COUNTED_MAX], False
    return rows, True


def _pages(reach: Reach, wanted: Wanted) -> Iterator[Sequence[Listed]]:
    edge: dict[str, str] = {}
    while True:
        with reach.desk.services.store.read() as unit:
            page = unit.decisions.page(wanted, AT_ONCE, **edge)
        yield page
        if len(page) < AT_ONCE:
            return
        edge = {"after": page[-1].decision_id}


def _figures(rows: Sequence[Listed]) -> dict[str, Any]:
    """Shares are of the decisions that came to a word: those under way are counted, and not among them."""
    judged = [row for row in rows if row.stage in FINAL or row.review_id is not None]
    alone = [row for row in judged if row.review_id is None and row.stage in ("executed", "advised", "denied")]
    return {
        "decisions": len(rows),
        "automation": _share(len(alone), len(judged)),
        "escalation": _share(sum(row.review_id is not None for row in judged), len(judged)),
        "denial": _share(sum(row.stage == "denied" for row in judged), len(judged)),
    }


def _points(rows: Sequence[Listed], metric: str) -> list[dict[str, Any]]:
    """One point a day that had decisions, the oldest first."""
    days: dict[str, list[Listed]] = {}
    for row in rows:
        days.setdefault(row.at[:10], []).append(row)
    name = "decisions" if metric == "volume" else metric
    points = [{"day": day, "value": _figures(of_day)[name]} for day, of_day in sorted(days.items())]
    return points[-DAYS_MAX:]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percent(share: float | None) -> str:
    return "none to tell" if share is None else f"{share:.0%}"


def _given(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
