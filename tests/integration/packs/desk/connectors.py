"""The desk's system of record, which does as the file `mode` beside it says.

ok: acts. down: fails without acting. late: acts, then times out. refuse: is certain that nothing was done. die_before,
die_after: the process is killed before or after acting. untidy: acts, and answers with something that is no JSON.
slow: takes its time, then acts. Of several such words with commas between them each is for one call, the last one for
all others. A second word `blind` makes the lookup fail.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from typing import Any

from remit.packs.connectors import Call, Duty, NotDone, effect, obligation
from remit.packs.local_record import LocalRecord


def _words(call: Call) -> list[str]:
    path = call.home / "mode"
    return path.read_text("utf-8").split() if path.exists() else ["ok"]


def _mode(call: Call) -> str:
    """How this call shall go."""
    modes, *rest = _words(call)
    mode, comma, following = modes.partition(",")
    if comma:
        (call.home / "mode").write_text(" ".join([following, *rest]), "utf-8")
    return mode


def _look(call: Call) -> None:
    if "blind" in _words(call):
        raise ConnectionError("the book cannot be read")


def _write(call: Call) -> dict[str, Any]:
    """One more entry for every call: a repetition would be seen."""
    with contextlib.closing(sqlite3.connect(call.home / "book.db", timeout=30)) as book:
        book.execute("CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, key TEXT, action TEXT, cents INT)")
        book.execute(
            "INSERT INTO entry (key, action, cents) VALUES (?, ?, ?)",
            (call.key, call.action, call.args["amount_cents"]),
        )
        book.commit()
    return {"booked": call.args["amount_cents"]}


def find(call: Call) -> dict[str, Any] | None:
    """What was booked under this key, if anything."""
    _look(call)
    if not (call.home / "book.db").exists():
        return None
    with contextlib.closing(sqlite3.connect(call.home / "book.db", timeout=30)) as book:
        row = book.execute("SELECT cents FROM entry WHERE key = ?", (call.key,)).fetchone()
    return None if row is None else {"booked": row[0]}


def _act(call: Call) -> dict[str, Any]:
    mode = _mode(call)
    if mode == "refuse":
        raise NotDone("the account is closed \ud800")
    if mode == "down":
        raise ConnectionError("nobody answers \ud800")
    if mode == "die_before":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "slow":
        time.sleep(0.5)
    booked = _write(call)
    if mode == "die_after":
        os.kill(os.getpid(), signal.SIGKILL)
    if mode == "late":
        raise TimeoutError("no answer in time")
    return {"booked": object()} if mode == "untidy" else booked


def _act_back(call: Call) -> dict[str, Any]:
    """Book it back, with what is undone: what was booked, and under which key."""
    assert call.undoes is not None
    back = Call(call.key, f"{call.action} back", {"amount_cents": -call.undoes.result["booked"]}, *_rest(call))
    return _act(back)


def _rest(call: Call) -> Any:
    return call.case, call.decision_id, call.home, call.undoes


@effect("pay_back", lookup=find)
def pay_back(call: Call) -> dict[str, Any]:
    """Not idempotent, but can be asked."""
    return _act_back(call)


@effect("pay", lookup=find, compensate=pay_back)
def pay(call: Call) -> dict[str, Any]:
    """Not idempotent, but can be asked."""
    return _act(call)


@effect("wire_back")
def wire_back(call: Call) -> dict[str, Any]:
    """Neither idempotent nor to be asked."""
    return _act_back(call)


@effect("wire", compensate=wire_back)
def wire(call: Call) -> dict[str, Any]:
    """Neither idempotent nor to be asked."""
    return _act(call)


def find_order(call: Call) -> dict[str, Any] | None:
    """The order under this key, if there is one."""
    _look(call)
    return LocalRecord(call.home / "orders.db").find(call.key)


@effect("order", idempotent=True, lookup=find_order)
def order(call: Call) -> dict[str, Any]:
    """Idempotent: under one key there is one order."""
    mode = _mode(call)
    if mode == "refuse":
        raise NotDone("the account is closed")
    ordered = LocalRecord(call.home / "orders.db").write(call.key, "order", call.args)
    if mode == "late":
        raise TimeoutError("no answer in time")
    return ordered


@obligation("notify")
def notify(duty: Duty) -> dict[str, Any]:
    """One more line for every call, so that a repetition is seen. The file `notify-mode` says how it goes, as above."""
    path = duty.home / "notify-mode"
    mode = path.read_text("utf-8") if path.exists() else "ok"
    if mode == "down":
        raise ConnectionError("nobody answers")
    with (duty.home / "notes.txt").open("a", encoding="utf-8") as notes:
        notes.write(f"{duty.key} {duty.to} {duty.action} {duty.args['amount_cents']}\n")
    if mode == "late":
        raise TimeoutError("no answer in time")
    if mode == "die_after":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"noted": duty.to}
