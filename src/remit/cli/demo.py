"""`remit demo`: the main job on the cases of the shipped packs, told as a story."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from remit.cli.common import note, say

if TYPE_CHECKING:
    from remit.core.words import Actor
    from remit.wiring import Engine

_MARK = ".made-by-remit-demo"
_PACKS = {
    "credit": "real applications for credit",
    "quality": "real faulty steel plates",
    "receivables": "generated invoices",
}


def command(
    home: Annotated[Path, typer.Option("--home", help="A fresh data folder; an earlier demo's is replaced.")] = Path(
        "demo-home"
    ),
    cases: Annotated[int, typer.Option("--cases", min=20, help="How many cases of each pack.")] = 150,
    everything: Annotated[
        bool, typer.Option("--all", help="All 1,000 applicants, 1,941 plates and 1,200 invoices.")
    ] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Live sixty days of it, then open the desk.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="With --serve: the port.")] = 8000,
) -> None:
    """Run the main job on cases of the shipped packs and tell what happened, and why."""
    from remit.core.words import Actor
    from remit.settings import Settings
    from remit.wiring import Engine

    _fresh(home)
    if serve:
        _open_the_desk(home, port)
        return
    asker = Actor("demo-app", "app", ("analyst",))
    with Engine(Settings(home=home)) as engine, tempfile.TemporaryDirectory() as folder:
        say("Remit decides cases. Each is planned, backed by evidence, proposed, held against a policy contract,")
        say("then carried out, refused, or handed to a person. Every step is in a ledger that proves itself.")
        statuses: Counter[str] = Counter()
        for pack, what in _PACKS.items():
            statuses += _decide(engine, pack, what, Path(folder), asker, None if everything else cases)
        _explain_one(engine)
        _approve_one(engine)
        _prove(engine)
    _what_next(home)


def _open_the_desk(home: Path, port: int) -> None:
    """Fill the folder with sixty days of three packs, print a link that signs in, and serve until Ctrl-C."""
    from remit.cli.serve import serve
    from remit.cli.sixty_days import DAYS, PERSON
    from remit.core.words import Actor
    from remit.service.identity.sign_in_link import offer_link
    from remit.settings import Settings, load_settings
    from remit.wiring import Engine

    say(f"{DAYS} days at three desks are lived through now: a minute or two.")
    live_sixty_days(home)
    os.environ["REMIT_HOME"] = str(home)
    with Engine(Settings(home=home)) as engine:
        path = offer_link(engine.services, Actor("demo", "system"), PERSON)
    serve(
        load_settings(),
        "127.0.0.1",
        port,
        welcome=lambda where: say(f"Open {where}{path} once, within a quarter of an hour: you are `{PERSON}`."),
    )


def live_sixty_days(home: Path) -> None:
    """Fill a fresh folder with sixty days that end now, and with who looks at them."""
    from datetime import UTC, datetime, timedelta

    from remit.cli.sixty_days import DAYS, behind, live, people
    from remit.core.system import FixedClock
    from remit.settings import Settings
    from remit.wiring import Engine

    begins_at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS, hours=1.5)
    clock = FixedClock(begins_at)
    with Engine(Settings(home=home), clock=clock) as engine:
        clock.advance(-behind(engine))
        people(engine)
        live(
            engine, clock, seed=1, begins_at=begins_at, on_day=lambda day: note(f"day {day}") if day % 10 == 0 else None
        )


def _fresh(home: Path) -> None:
    from remit.core.errors import InputError

    if home.exists():
        if not home.is_dir() or (not (home / _MARK).exists() and any(home.iterdir())):
            raise InputError(f"{home} holds something else", mend="give another folder with --home")
        _empty(home)
    home.mkdir(parents=True, exist_ok=True)
    (home / _MARK).touch()


def _empty(home: Path) -> None:
    """Everything goes but the compiled embedding model: it is checked before each use, and costs seconds to make."""
    for entry in home.iterdir():
        if entry.is_dir() and entry.name != "models":
            shutil.rmtree(entry)
        elif entry.is_file():
            entry.unlink()


def _decide(engine: Engine, pack: str, what: str, folder: Path, asker: Actor, limit: int | None) -> Counter[str]:
    """Index and decide one pack's history as if it came in today, and say how it went."""
    import orjson

    report = engine.index(pack, asker)
    loaded = engine.services.pack(pack)
    source = loaded.files.folder
    assert source is not None
    rules = {rule.id for decision in loaded.decisions.values() for rule in decision.policy.rules}
    note(f"deciding {pack} …")
    done = engine.batch(pack, source / "history.csv", folder / f"{pack}.jsonl", asker, limit=limit)
    results = [orjson.loads(line) for line in (folder / f"{pack}.jsonl").read_bytes().splitlines()]
    say()
    say(f"{pack.upper()}: {done.rows} {what}, with {report['documents']} documents to go by")
    words = {
        "executed": "carried out, within the policy",
        "awaiting_review": "escalated to a person",
        "denied": "refused by the policy",
        "quarantined": "quarantined: the data contradicts itself",
        "failed": "failed",
    }
    for status, text in words.items():
        if done.statuses[status]:
            say(f"  {done.statuses[status]:>5}  {text}")
            for reason, count in _reasons(results, status, rules).most_common(3):
                say(f"           {count:>4} x {reason}")
    return done.statuses


def _reasons(results: list[dict[str, Any]], status: str, rules: set[str]) -> Counter[str]:
    """Why decisions ended so. For what was carried out only the allowing rules count, not all that had to hold."""
    effect = {"executed": "allow", "awaiting_review": "escalate", "denied": "deny"}.get(status)
    reasons: Counter[str] = Counter()
    for result in results:
        if result["status"] != status:
            continue
        if effect is None:
            reasons.update(item["message"] for item in result.get("violations", []) if item["severity"] == "quarantine")
        else:
            reasons.update(
                finding["reason"]
                for finding in result["verdict"]["findings"]
                if finding["effect"] == effect and (effect != "allow" or finding["rule"] in rules)
            )
    return reasons


def _explain_one(engine: Engine) -> None:
    from remit.cli.explain import story

    waiting = engine.reviews(limit=1)
    say()
    say("ONE DECISION IN FULL, one that waits for a person:")
    for line in story(engine.explain(waiting[0]["decision_id"])):
        say(f"  {line}")


def _approve_one(engine: Engine) -> None:
    """Two people approve it, as its terms ask: the requester cannot."""
    from remit.core.errors import Refused
    from remit.core.words import Actor

    review = engine.reviews(limit=1)[0]
    terms = review["terms"][0]
    say()
    say(f"ONE REVIEW: {review['subject']}, {review['action']['name']}, needs {_needs(review)}")
    try:
        engine.decide_review(review["review_id"], Actor("demo-app", "app", (terms["role"],)), "approve", "my own case")
    except Refused as refusal:
        say(f"  the requester tries to approve: refused. {refusal.message}")
    for reviewer in _reviewers(review):
        settled = engine.decide_review(review["review_id"], reviewer, "approve", "checked against the evidence")
        say(f"  {reviewer.id} ({', '.join(reviewer.roles)}) approves: {settled['state']}")
    decision = settled["decision"]
    if decision is not None:
        effect = engine.explain(decision["decision_id"])["effect"]
        say(f"  rechecked and {decision['status']}, exactly once, in the pack's system of record: {effect['result']}")


def _needs(review: dict[str, Any]) -> str:
    return ", ".join(f"{terms['quorum']} x {terms['role']}" for terms in review["terms"])


def _reviewers(review: dict[str, Any]) -> Iterator[Actor]:
    from remit.core.words import Actor

    for terms in review["terms"]:
        for number in range(terms["quorum"]):
            yield Actor(f"{terms['role'].replace('_', '-')}-{number + 1}", "user", (terms["role"],))


def _prove(engine: Engine) -> None:
    report = engine.verify()
    replayed = list(engine.replay_all())
    same = sum(item.same for item in replayed)
    say()
    say("PROOF")
    say(f"  the ledger holds {report.size} events and is {'sound' if report.sound else 'NOT SOUND: ' + report.why}")
    say(f"  {len(replayed)} decisions thought again: {same} came out the same to the byte")


def _what_next(home: Path) -> None:
    say()
    say("TRY NEXT")
    say(f"  export REMIT_HOME={home}")
    say("  remit reviews list                         what waits for a person")
    say("  remit search credit 'largest amount without a second officer'")
    say("  remit ledger export --out audit            the ledger, and a verifier that runs anywhere")
    say("  remit pack check credit                    what an author sees")
    say("  remit decide credit --case case.json       decide a case of your own")
