"""Generated invoices with delayed payment. Nothing is real; the mechanism is written down so that it can be judged.

Each customer has a habit (days late, from a log-normal), a spread, and an inclination to dispute. An invoice is paid
``habit + size + season + noise`` days after its due date; a disputed one three weeks later; one in thirty never within
the horizon. What a case says of the customer's past is counted only from invoices that were paid before the day on
which the case is looked at, so no row knows its own future. A few rows are wrong on purpose, as
books are. Money is in cents, times in days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from remit.packs.receivables_export import Invoice

COUNTRIES = ("AT", "DE", "FR", "IT", "NL", "ES")
TERMS = (14, 30, 30, 30, 60)
FIRST_DAY = date(2024, 1, 1)
DAYS = 600
NEVER = 240
"""Days late that stand for an invoice that is not paid within the horizon."""
WRONG_SHARE = 0.03
"""How often the books are wrong in a way that the data contract can see."""
USUAL_DAYS_LATE, USUAL_SHARE = 8.0, 0.4
"""What is assumed of a customer of whom no payment is known yet."""


@dataclass(frozen=True)
class Customer:
    """How one customer pays."""

    id: str
    country: str
    habit_days: float
    spread_days: float
    dispute_share: float
    size_log: float
    terms_days: int


@dataclass(frozen=True)
class Paid:
    """What is kept of an earlier invoice of a customer."""

    settled: date
    days_late: int
    amount_cents: int


def generate(rows: int, seed: int, customers: int = 90) -> Iterator[tuple[dict[str, Any], int]]:
    """Cases in order of time, each with the days that it was paid after its due date (negative: before it)."""
    chance = np.random.default_rng(seed)
    known = [_customer(chance, number) for number in range(1, customers + 1)]
    past: dict[str, list[Paid]] = {each.id: [] for each in known}
    days = np.sort(chance.integers(0, DAYS, rows))
    for number, day in enumerate(days, start=1):
        customer = known[int(chance.integers(0, customers))]
        case, late = _invoice(chance, number, FIRST_DAY + timedelta(int(day)), customer, past[customer.id])
        yield case, late


def _customer(chance: np.random.Generator, number: int) -> Customer:
    habit = float(chance.lognormal(2.3, 0.9)) - 6
    return Customer(
        id=f"C-{number:04d}",
        country=COUNTRIES[int(chance.integers(0, len(COUNTRIES)))],
        habit_days=habit,
        spread_days=2 + 0.35 * max(habit, 0),
        dispute_share=float(chance.beta(1.2, 14)),
        size_log=float(chance.normal(11.6, 0.8)),
        terms_days=TERMS[int(chance.integers(0, len(TERMS)))],
    )


def _invoice(
    chance: np.random.Generator, number: int, issued: date, customer: Customer, past: list[Paid]
) -> tuple[dict[str, Any], int]:
    due = issued + timedelta(customer.terms_days)
    amount = int(np.clip(chance.lognormal(customer.size_log, 0.7), 2_000, 20_000_000))
    disputed = bool(chance.random() < customer.dispute_share)
    size = 4.0 * max(0.0, float(np.log10(amount)) - 5)
    season = 5.0 if due.month in (8, 12) else 0.0
    late = round(customer.habit_days + size + season + 21 * disputed + float(chance.normal(0, customer.spread_days)))
    late = NEVER if chance.random() < 1 / 30 else max(-customer.terms_days, min(late, NEVER))
    # It is looked at on some day while it is open: from a week before it is due until it is paid.
    overdue = int(chance.integers(-7, max(-6, min(late, 75))))
    day = due + timedelta(overdue)
    settled = [each for each in past if each.settled < day]
    open_cents = sum(each.amount_cents for each in past if each.settled >= day) + amount
    past.append(Paid(due + timedelta(late), late, amount))
    reminders = min(3, max(0, (overdue + int(chance.integers(0, 10))) // 15))
    if overdue < 0 and chance.random() < WRONG_SHARE:
        reminders = 1
    if chance.random() < WRONG_SHARE / 4:
        open_cents = amount // 2
    mean = float(np.mean([each.days_late for each in settled[-12:]])) if settled else USUAL_DAYS_LATE
    share = float(np.mean([each.days_late > 7 for each in settled[-12:]])) if settled else USUAL_SHARE
    return {
        "invoice_id": f"I-{number:05d}",
        "customer_id": customer.id,
        "country": customer.country,
        "invoice_date": issued.isoformat(),
        "due_date": due.isoformat(),
        "terms_days": customer.terms_days,
        "amount_cents": amount,
        "disputed": disputed,
        "days_overdue": overdue,
        "reminders_sent": reminders,
        "paid_before": len(settled),
        "mean_days_late_before": round(mean, 2),
        "late_share_before": round(share, 4),
        "open_cents": open_cents,
    }, late


def invoice_of(case: Mapping[str, Any], late: int) -> Invoice:
    """A generated invoice as an export has it; one that is never paid stays open."""
    due = date.fromisoformat(case["due_date"])
    return Invoice(
        invoice_id=case["invoice_id"],
        customer_id=case["customer_id"],
        country=case["country"],
        issued=date.fromisoformat(case["invoice_date"]),
        due=due,
        amount_cents=case["amount_cents"],
        disputed=case["disputed"],
        settled=None if late == NEVER else due + timedelta(late),
    )


def lateness(days: int) -> str:
    """The class of a payment, as the pack's outcome names it."""
    return "within_7" if days <= 7 else "within_30" if days <= 30 else "within_60" if days <= 60 else "over_60"
