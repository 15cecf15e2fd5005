"""``/v1/learning``, up to a candidate: data are taken and vetted, strategies compete, a model is registered."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from remit.api.body import Body, Moment
from remit.api.decisions import PREFER
from remit.api.described import answers
from remit.api.doors import TheEngine
from remit.api.examples import example
from remit.api.learning import MODEL, SNAPSHOT, Manager, Pack, Reader, Which
from remit.api.prefer import preference
from remit.core.errors import Conflict, InputError
from remit.service.learning.check_snapshot import check_snapshot
from remit.service.learning.register import register_candidate
from remit.service.learning.shown import shown
from remit.service.learning.take_snapshot import take_snapshot
from remit.service.learning.train import ALL, SEED, train_from_snapshot
from remit.service.learning.trainings import ask_for_training, training_of
from remit.service.learning.vet_synthetic import vet_tables

router = APIRouter(tags=["learning"])

RETRY_AFTER = "5"
"""In seconds; a training takes some."""

_training = threading.Lock()
_TRAINING = {
    "training_id": "01M93F5T0V6N2A0R2T1YV5Q8ZJ",
    "pack": "credit",
    "decision": "credit.application",
    "snapshot": "9f2c…",
    "strategy": "all",
    "seed": 20260101,
    "asked": {"by": "pia", "at": "2026-11-02T12:00:00+00:00"},
    "status": "waiting",
    "ended_at": None,
    "model": None,
    "problem": None,
}
_WHERE = {"Location": "Where to look.", "Preference-Applied": "That it was preferred so."}


class Taken(Body):
    """Which decisions are kept, and what had been reported of them by when."""

    pack: Pack
    decision: Which
    since: Annotated[Moment | None, Field(default=None, description="Decisions made from then on.")]
    until: Annotated[Moment | None, Field(default=None, description="Decisions made before then.")]
    as_of: Annotated[Moment | None, Field(default=None, description="Only what was reported by then; else by now.")]


class Trained(Body):
    """From which snapshot, who learns, and by which chance."""

    pack: Pack
    snapshot: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$", description="Its SHA-256, or how it begins.")]
    decision: Which
    strategy: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", description="Who learns; `all` compete.")] = ALL
    seed: Annotated[int, Field(ge=0, lt=2**31, description="All of the chance in training.")] = SEED


class Registered(Body):
    """A trained model: its ONNX file as base64, and its card as `remit learn train` writes it."""

    pack: Pack
    onnx: Annotated[str, Field(min_length=1, description="The file's bytes, as base64.", examples=["CAgSBHNrbDI="])]
    card: Annotated[dict[str, Any], Field(description="Its card: `sha256`, `features`, `outcomes`, and what it tells.")]
    decision: Which
    snapshot: Annotated[
        str | None, Field(default=None, pattern=r"^[0-9a-f]{64}$", description="The snapshot it was trained on.")
    ]


class Vetted(Body):
    """Tables as CSV, each with a header line, and with the same columns."""

    real: Annotated[str, Field(min_length=1, description="Real rows.", examples=["amount,paid\n120.50,yes\n"])]
    synthetic: Annotated[str, Field(min_length=1, description="Synthetic rows.")]
    holdout: Annotated[str | None, Field(default=None, description="Real rows that the generator never saw.")]
    label: Annotated[str | None, Field(default=None, max_length=100, description="What is predicted; the last column.")]
    leave_out: list[Annotated[str, Field(max_length=100)]] = Field(
        default_factory=list, max_length=1_000, description="Columns that are not compared, such as ids."
    )


@router.post(
    "/learning/snapshots",
    status_code=201,
    responses=answers(
        "The snapshot with its lineage; `new` is false where equal data were kept before.",
        {**SNAPSHOT, "lineage": {}, "new": True},
        status=201,
    ),
)
def take(wanted: Taken, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Keep final decisions and what was known of their outcomes, named by content."""
    made, new = take_snapshot(
        engine.services,
        wanted.pack,
        who.actor,
        decision=wanted.decision,
        since=wanted.since,
        until=wanted.until,
        as_of=wanted.as_of,
    )
    return {**shown(made), "new": new}


@router.get(
    "/learning/snapshots/{sha256}/check",
    responses=answers(
        "What each gate before training says; `passes` when none refuses.",
        {
            "sha256": "9f2c…",
            "passes": True,
            "gates": [{"gate": "labels", "verdict": "pass", "why": "0 of 980 mature decisions have no outcome"}],
            "counts": {"rows": 1000},
            "fairness": [],
            "reviewers": {"double_review_share": None, "disagreement": None, "saw_model_share": None},
            "audit_share": 0.05,
            "self_caused_share": 0.83,
        },
    ),
)
def check(sha256: str, engine: TheEngine, _who: Reader) -> dict[str, Any]:
    """Whether anything may be learnt from a snapshot."""
    return check_snapshot(engine.services, sha256)


@router.post(
    "/learning/trainings",
    status_code=201,
    response_model=None,
    responses={
        **answers(
            "The winner, registered as a candidate, with its card; `new` is false where it was registered before.",
            {
                **MODEL,
                "new": True,
                "card": {"strategy": "logistic", "rows": 940, "snapshot": "9f2c…", "competition": []},
            },
            status=201,
        ),
        202: example("With `Prefer: respond-async`: on the disk, for a worker.", _TRAINING, headers=_WHERE),
    },
)
def train(
    request: Request, wanted: Trained, engine: TheEngine, who: Manager, prefer: PREFER = None
) -> dict[str, Any] | Response:
    """Let strategies compete on a snapshot, and register the winner; one training at a time in a process.

    With `Prefer: respond-async` a worker does it: `Location` says where to look. What is open already and wants the
    same is not opened twice.
    """
    what = (engine.services, wanted.pack, wanted.snapshot, who.actor)
    how: dict[str, Any] = {"decision": wanted.decision, "strategy": wanted.strategy, "seed": wanted.seed}
    if preference(request.headers.getlist("prefer")).asynchronous:
        asked = ask_for_training(*what, **how)
        headers = {"Location": f"/v1/learning/trainings/{asked.id}", "Preference-Applied": "respond-async"}
        return JSONResponse(asked.to_json(), 202, headers={**headers, "Retry-After": RETRY_AFTER})
    if not _training.acquire(blocking=False):
        raise Conflict("something is being trained already", code="training", mend="wait for it, then ask again")
    try:
        return train_from_snapshot(*what, **how)
    finally:
        _training.release()


@router.get("/learning/trainings/{training_id}", responses={200: example("How it gets on.", _TRAINING)})
def read_training(training_id: str, engine: TheEngine, _who: Reader, response: Response) -> dict[str, Any]:
    """How a training gets on that a worker does: `waiting`, `training`, `trained` with its `model`, or `failed`."""
    found = training_of(engine.services, training_id)
    if found.ended_at is None:
        response.headers["Retry-After"] = RETRY_AFTER
    return found.to_json()


@router.post(
    "/learning/models", status_code=201, responses=answers("The model, as it is registered.", MODEL, status=201)
)
def register(wanted: Registered, engine: TheEngine, who: Manager) -> dict[str, Any]:
    """Register a model as a candidate; the same model again changes nothing."""
    try:
        onnx = base64.b64decode(wanted.onnx, validate=True)
    except ValueError as error:
        raise InputError("`onnx` is not base64", mend="encode the file's bytes") from error
    card = orjson.dumps(wanted.card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    return register_candidate(
        engine.services, wanted.pack, onnx, card, who.actor, decision=wanted.decision, snapshot=wanted.snapshot
    )


@router.post(
    "/learning/synthetic",
    responses=answers(
        "The answer to each question with its numbers; `passes` when none fails.",
        {
            "sha256": "5d0e…",
            "passes": False,
            "questions": [
                {
                    "question": "privacy",
                    "passes": False,
                    "why": "12.0% are copies of real rows",
                    "numbers": {"copies": 0.12},
                }
            ],
            "files": {"real": "9f2c…", "synthetic": "77aa…"},
            "left_out": [],
            "seed": 20261126,
        },
    ),
)
def vet(wanted: Vetted, _who: Manager) -> dict[str, Any]:
    """Whether synthetic rows are like the real ones, of use in their place, and no copies. Nothing is stored."""
    given = {"real": wanted.real, "synthetic": wanted.synthetic, "holdout": wanted.holdout}
    tables = {name: (text.encode(), Path(f"{name}.csv")) for name, text in given.items() if text}
    return vet_tables(tables, label=wanted.label, left_out=wanted.leave_out)
