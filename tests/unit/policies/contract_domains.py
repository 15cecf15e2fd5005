"""Six decisions for the folder of contracts: what a case of each is, what can be done, what can be read. Not a test."""

from __future__ import annotations

from dataclasses import dataclass

from remit.core.schema import ActionSchema, Field, Record


@dataclass(frozen=True)
class Decision:
    """A decision as its pack would declare it."""

    case: Record
    actions: tuple[ActionSchema, ...]
    needs: tuple[str, ...]


def _decision(case: tuple[Field, ...], actions: tuple[ActionSchema, ...], *needs: str) -> Decision:
    return Decision(Record("case", case), actions, needs)


def _acts(name: str, *args: Field, reversible: bool = False) -> ActionSchema:
    return ActionSchema(name, Record("args", args), "medium" if reversible else "high", reversible, True)


def _advises(name: str) -> ActionSchema:
    return ActionSchema(name, Record("args", ()))


CENTS = Field("amount_cents", "integer", minimum=1)

DECISIONS = {
    "lending": _decision(
        (
            Field("applicant_id", "string"),
            Field("amount_cents", "integer", minimum=100, maximum=5_000_000),
            Field("term_months", "integer", minimum=6, maximum=120),
            Field("purpose", "string", values=("car", "home", "study")),
            Field("income_cents", "integer", required=False, minimum=0, maximum=100_000_000),
            Field("late_payments", "integer", minimum=0, maximum=99),
        ),
        (
            _acts("approve", CENTS),
            _acts("decline", Field("reason_codes", "strings", max_items=3), reversible=True),
            _advises("refer"),
        ),
        "lending_rule",
        "identity_check",
    ),
    "refunds": _decision(
        (
            Field("order_cents", "integer", minimum=1, maximum=2_000_000),
            Field("days_since_purchase", "integer", minimum=0, maximum=3_650),
            Field("channel", "string", values=("web", "store", "phone")),
            Field("opened", "boolean"),
            Field("region", "string", values=("north", "south")),
            Field("loyal_since", "timestamp", required=False),
        ),
        (_acts("refund", CENTS), _acts("voucher", CENTS, reversible=True), _advises("reject")),
        "refund_rule",
    ),
    "payments": _decision(
        (
            Field("amount_cents", "integer", minimum=1),
            Field("currency", "string", values=("EUR", "USD", "GBP")),
            Field("payee_known", "boolean"),
            Field("fraud_score", "number", minimum=0.0, maximum=1.0),
            Field("iban_changed_at", "timestamp", required=False),
            Field("cost_centre", "string", required=False),
        ),
        (_acts("pay", CENTS), _advises("hold")),
        "payment_rule",
    ),
    "quality": _decision(
        (
            Field("defect_area", "integer", minimum=0, maximum=100_000),
            Field("depth_um", "integer", minimum=0, maximum=5_000),
            Field("grade_wanted", "string", values=("A", "B", "C")),
            Field("lab_strength", "number", required=False, minimum=0.0, maximum=1_000.0),
            Field("cracks", "boolean"),
        ),
        (
            _acts("release", Field("grade", "string", values=("A", "B", "C"))),
            _acts("rework", Field("station", "string", values=("W1", "G2")), reversible=True),
            _acts("scrap"),
        ),
        "disposition_rule",
    ),
    "access": _decision(
        (
            Field("requester", "string"),
            Field("role_wanted", "string", values=("reader", "editor", "admin")),
            Field("system", "string", values=("crm", "ledger", "wiki")),
            Field("days", "integer", minimum=1, maximum=365),
            Field("manager_agreed", "boolean"),
            Field("second_factor", "boolean", required=False),
            Field("trained_until", "timestamp", required=False),
            Field("incidents", "integer", minimum=0, maximum=50),
        ),
        (_acts("grant", Field("days", "integer", minimum=1, maximum=365), reversible=True), _advises("refuse")),
        "access_rule",
    ),
    "claims": _decision(
        (
            Field("amount_cents", "integer", minimum=1, maximum=50_000_000),
            Field("kind", "string", values=("theft", "water", "fire")),
            Field("police_report", "boolean"),
            Field("occurred_at", "timestamp"),
            Field("reported_at", "timestamp"),
            Field("documents", "strings", max_items=4),
            Field("earlier_claims", "integer", minimum=0, maximum=100),
        ),
        (
            _acts("settle", CENTS),
            _advises("inspect"),
            _acts("reject", Field("reasons", "strings", max_items=3), reversible=True),
        ),
        "claim_rule",
    ),
}
