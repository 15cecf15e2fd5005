"""Update the challenger of a canary online, by what has matured since its step began; an artefact of its own each time.

It happens where the rollout's plan has a budget of updates, and never in the shadow or when live. The champion is not
touched: taking the rollout back is the same pointer as before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson

from remit.agents.ports import Unit
from remit.agents.records import StoredDecision
from remit.core.canonical import sha256_hex
from remit.core.errors import SystemFailed, Undecidable
from remit.learning.calibration import with_calibration
from remit.learning.online import Update, learnt_online
from remit.learning.rollout import Rollout, updated
from remit.packs.pack import Decision, Pack
from remit.service.learning.common import AUTOMATION, outcome_of
from remit.service.learning.register import check_fits, model_of, store
from remit.service.learning.rollout import told
from remit.service.services import Services


def update_challenger(services: Services, rollout: Rollout, now: datetime) -> Rollout:
    """Let a canary's challenger learn online, if the plan lets it and it would tell outcomes better; gives the rollout.

    Raises:
        NotFound, SourceError: its pack is not there any more.
        Conflict: somebody else has moved it meanwhile.
        InputError, SystemFailed: what was learnt does not fit the pack or does not answer.
    """
    if not rollout.is_canary or not rollout.plan.updates_max:
        return rollout
    onnx, card = services.models.artefact(rollout.challenger)
    said: dict[str, Any] = orjson.loads(card)
    number = _number(said, rollout) + 1
    with services.store.read() as unit:
        due = now - timedelta(days=rollout.plan.horizon_days)
        ours = unit.models.comparisons(rollout.id, rollout.step, rollout.step_since)
        cases = [unit.decisions.get(each.decision_id) for each in ours if each.at <= due and each.failed is None]
    if number > rollout.plan.updates_max or len(cases) < rollout.plan.update_cases_min:
        return rollout
    pack = services.present_pack(rollout.pack, cases[-1].versions.pack_sha256)
    decision = services.decision(pack, rollout.decision)
    seen = _seen(services, pack, decision, rollout, cases)
    if len(seen) < rollout.plan.update_cases_min:
        return rollout
    learnt = learnt_online(np.array([each.told for each in seen]), np.array([each.outcome for each in seen]))
    if not learnt.is_better:
        return rollout
    better = with_calibration(onnx, learnt.calibration)
    return _put(services, pack, decision, rollout, better, _card(said, rollout, learnt, number, better), now)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the challenger says of a case, and which outcome came."""

    told: Sequence[float]
    outcome: int


def _number(card: Mapping[str, Any], rollout: Rollout) -> int:
    """How often this rollout has updated its challenger."""
    before = card.get("online", {})
    return int(before["number"]) if before.get("rollout") == rollout.id else 0


def _seen(
    services: Services, pack: Pack, decision: Decision, rollout: Rollout, cases: Sequence[StoredDecision]
) -> list[_Seen]:
    """Those of the cases whose outcome is known, with what the challenger says of them."""
    variant = services.models.loaded(services.models.variant(pack.files, decision.name, rollout.challenger))
    model = services.parts.model(variant, variant.decisions[decision.name])
    assert model is not None, "a variant pins its model"
    found = []
    with services.store.read() as unit:
        for stored in cases:
            outcome = None if stored.erased_at is not None else _outcome(unit, decision, stored)
            if outcome is None:
                continue
            try:
                features = decision.features_of(stored.run.case)
                said = model.probabilities({name: features[name] for name in decision.model_features})
            except (Undecidable, SystemFailed):
                continue
            found.append(_Seen([said[value] for value in decision.outcome.values], outcome))
    return found


def _outcome(unit: Unit, decision: Decision, stored: StoredDecision) -> int | None:
    value = outcome_of(decision, unit.outcomes.of(stored.run.decision_id))
    return decision.outcome.values.index(value) if value in decision.outcome.values else None


def _card(card: Mapping[str, Any], rollout: Rollout, learnt: Update, number: int, onnx: bytes) -> dict[str, Any]:
    """The card of before, which still tells what it learnt from at first, and what it has learnt since."""
    return {
        **card,
        "sha256": sha256_hex(onnx),
        "online": {
            "rollout": rollout.id,
            "number": number,
            "from": rollout.challenger,
            "cases": learnt.cases,
            "since": rollout.step_since.isoformat(),
            "slope": learnt.calibration.slope,
            "shifts": list(learnt.calibration.shifts),
            "log_loss_gain": f"{learnt.gain:.4f}",
        },
    }


def _put(
    services: Services,
    pack: Pack,
    decision: Decision,
    rollout: Rollout,
    onnx: bytes,
    card: Mapping[str, Any],
    now: datetime,
) -> Rollout:
    data = orjson.dumps(card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    sha256 = card["sha256"]
    check_fits(services, pack, decision, sha256, onnx, data)
    online = card["online"]
    why = f"update {online['number']} of {rollout.plan.updates_max}, by {online['cases']} cases"
    after = updated(rollout, sha256, why, now)
    with services.store.write() as unit:
        snapshot = unit.models.get(pack.name, decision.name, rollout.challenger).snapshot
        model = model_of(services, pack, decision, sha256, data, snapshot, "challenger", AUTOMATION)
        store(unit, model, onnx, data, AUTOMATION)
        unit.models.mark(pack.name, decision.name, rollout.challenger, "retired")
        unit.models.save_rollout(after)
        body = {**told(after), "from": rollout.challenger, "why": why, "online": online}
        unit.journal.append("rollout.updated", actor=AUTOMATION, body=body)
    return after
