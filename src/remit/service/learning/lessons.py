"""What can be learnt from a snapshot: its mature, labelled, sound rows, and what each action was worth in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from remit.core.errors import InputError, Undecidable
from remit.learning.competition import Lessons
from remit.learning.snapshot import MadeSnapshot
from remit.packs.pack import Decision
from remit.service.learning.take_snapshot import files_of
from remit.service.services import Services


def lessons_of(services: Services, decision: Decision, made: MadeSnapshot) -> tuple[Lessons, dict[str, Any]]:
    """The lessons in the order of the rows, and what is to be said of them on a card.

    Of the outcomes that did not happen only the pack can say what they would have earned, and it looks at the case. So
    cases are read for that, and for nothing else.

    Raises:
        InputError: nothing can be learnt from, or the snapshot has other features, actions or outcomes than the pack.
        NotFound, Corrupted: the rows are not here, or are not those that were made.
    """
    _fits(decision, made)
    learnt: list[Mapping[str, Any]] = []
    worth: list[list[list[float]]] = []
    rows = 0
    for some in files_of(services).rows(made.sha256):
        rows += len(some)
        with services.store.read() as unit:
            for row in (each for each in some if _teaches(each)):
                stored = unit.decisions.get(row["decision_id"])
                earned = None if stored.erased_at is not None else _worth(decision, stored.run.case)
                if earned is not None:
                    learnt.append(row)
                    worth.append(earned)
    if not learnt:
        raise InputError(
            "nothing in this snapshot is mature, labelled and sound", mend="`remit learn check` says what it lacks"
        )
    return _lessons(decision, learnt, worth), _of(learnt, rows)


def _fits(decision: Decision, made: MadeSnapshot) -> None:
    shape = made.manifest["schema"]
    missing = set(decision.model_features) - set(shape["features"])
    if missing or shape["actions"] != list(decision.actions) or shape["values"] != list(decision.outcome.values):
        raise InputError(
            "the snapshot has other features, actions or outcomes than the pack has by now", mend="take another one"
        )


def _teaches(row: Mapping[str, Any]) -> bool:
    return bool(row["matured"]) and row["label"] == "known" and row["quarantine"] is None


def _worth(decision: Decision, case: Mapping[str, Any]) -> list[list[float]] | None:
    try:
        rewards = decision.rewards(case)
    except Undecidable:
        return None
    return [[rewards[action][value] for action in decision.actions] for value in decision.outcome.values]


def _lessons(decision: Decision, rows: list[Mapping[str, Any]], worth: list[list[list[float]]]) -> Lessons:
    actions, values = list(decision.actions), list(decision.outcome.values)
    return Lessons(
        features=[{name: row["features"][name] for name in decision.model_features} for row in rows],
        outcome=np.array([values.index(row["outcome"]) for row in rows]),
        worth=np.array(worth, np.float64),
        action=np.array([actions.index(row["proposed"]) for row in rows]),
        propensity=np.array([row["propensity"] for row in rows], np.float64),
        groups={name: [str(row["protected"][name]) for row in rows] for name in decision.protected},
    )


def _of(learnt: list[Mapping[str, Any]], rows: int) -> dict[str, Any]:
    at: list[datetime] = [row["decided_at"] for row in learnt]
    return {
        "rows_in_snapshot": rows,
        "decided_from": min(at).isoformat(),
        "decided_to": max(at).isoformat(),
        "explored": sum(row["propensity"] < 1.0 for row in learnt),
    }
