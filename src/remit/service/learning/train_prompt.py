"""Make a prompt version of examples and a template, try it by cases that it was not shown, and register it.

It competes from then on as a trained model does, by the same gate, rollout and roll-back. It stands on the trained
model that decides now.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from remit.agents.brains.declared import DeclaredBrain
from remit.agents.brains.heeding import HEEDED, PERSON
from remit.agents.brains.llm import LlmBrain
from remit.agents.brains.prompting import TEMPLATE
from remit.core.canonical import decimals_as_text, sha256_hex
from remit.core.errors import InputError, SystemFailed, Undecidable
from remit.core.words import Actor
from remit.learning.prompt import KIND, Parameters, PromptVersion, shown_of
from remit.packs.pack import Decision, Pack
from remit.service.duties import must_not_be_admin
from remit.service.learning.common import must_manage
from remit.service.learning.register import check_fits, model_of, must_pin, register_pinned, store
from remit.service.learning.teach import MANIFEST, of_nobody, read_examples, tried
from remit.service.prompts import base_of
from remit.service.services import Services

CASES_MAX = 200
"""So many of each kind of test cases are tried, the newest: every one is a call that somebody pays for."""
LIMITS = (
    "The test cases are decisions that went well or were turned down; of others they say nothing.",
    "Passages are not shown in the trial: what a document does to an answer, only decisions show.",
    "The examples are features of real cases. To take one back, write the examples anew and make another version.",
)


def train_prompt(
    services: Services,
    pack_ref: str,
    folder: Path,
    actor: Actor,
    *,
    llm: str | None,
    template: str | None = None,
    decision: str | None = None,
    parameters: Parameters | None = None,
) -> dict[str, Any]:
    """Register a prompt version as a candidate; gives the registered model and its `card`, with what the trial said.

    Args:
        folder: what `remit learn examples` wrote.
        llm: the language model that is set here; the version is of this one and of no other.
        template: what the model is told; by default `remit.agents.brains.prompting.TEMPLATE`.

    Raises:
        NotFound, SourceError: there is no such pack or decision.
        InputError: no language model is set, the decision proposes by rules, or the folder or the template is none.
        Corrupted: a file of the folder is not the one that was written.
        Refused: the actor may not manage models, or may not see cases.
        SystemFailed: the language model answered nothing at all.
    """
    must_manage(actor)
    must_not_be_admin(actor, "show cases to a language model")
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    must_pin(chosen)
    model = None if llm is None else services.parts.language_model(llm)
    if llm is None or model is None:
        raise InputError("no language model is set", code="prompt", mend="name one by REMIT_LLM; see settings.md")
    read = read_examples(folder, chosen.name)
    base, _, base_card = base_of(pack.files, chosen)
    version = PromptVersion(
        pack=pack.name,
        decision=chosen.name,
        template=TEMPLATE if template is None else template,
        model=llm,
        base=base,
        examples_sha256=orjson.loads((folder / MANIFEST).read_bytes())["files"]["examples.jsonl"],
        examples=shown_of(*_with_features(chosen, read["examples"])),
        parameters=parameters or Parameters(),
    )
    calls: list[dict[str, Any]] = []
    declared = DeclaredBrain(services.parts.model(pack, chosen))
    regressions, improvements = read["regressions"][-CASES_MAX:], read["improvements"][-CASES_MAX:]
    report = tried(LlmBrain(version, model, declared), chosen, regressions, improvements, calls)
    _must_have_answered(calls)
    card = _card(pack, version, orjson.loads(base_card), {**report, **_of_calls(calls)})
    return _register(services, pack, chosen, version, card, actor)


def _with_features(
    decision: Decision, lessons: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The examples whose features can be computed, and those that the pack's models read."""
    found: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []
    for each in lessons:
        try:
            features = decision.features_of(of_nobody(decision, each["case"]))
        except Undecidable:
            continue
        found.append((each, {name: features[name] for name in decision.model_features}))
    return [each for each, _ in found], [own for _, own in found]


def _must_have_answered(calls: Sequence[Mapping[str, Any]]) -> None:
    """One that cannot be reached, or never gives the form that is asked for, is no candidate."""
    if calls and not any(each["verdict"] in (HEEDED, *PERSON) for each in calls):
        why = collections.Counter(each["verdict"] for each in calls).most_common(1)[0][0]
        raise SystemFailed(
            f"the language model answered none of {len(calls)} calls as it should ({why})",
            code="language_model",
            mend="look at REMIT_LLM and at its provider, and try again",
        )


def _of_calls(calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The calls of the trial: how they ended, what they took, each by digests. Answers tell of cases: they stay out."""
    return {
        "answers": dict(sorted(collections.Counter(str(each["verdict"]) for each in calls).items())),
        "tokens": sum(each["tokens_in"] + each["tokens_out"] for each in calls),
        "calls": [
            {
                "prompt_sha256": each["prompt_sha256"],
                "answer_sha256": None if each["answer"] is None else sha256_hex(each["answer"].encode()),
                "verdict": each["verdict"],
            }
            for each in calls
        ],
    }


def _card(
    pack: Pack, version: PromptVersion, base_card: Mapping[str, Any], report: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "model": version.decision,
        "kind": KIND,
        "strategy": "llm",
        "language_model": version.model,
        "template_sha256": sha256_hex(version.template.encode()),
        "examples_sha256": version.examples_sha256,
        "examples": len(version.examples),
        "base": version.base,
        "features": base_card["features"],
        "outcomes": base_card["outcomes"],
        "trial": dict(report),
        "pack_sha256": pack.sha256,
        "limits": list(LIMITS),
        "sha256": version.sha256,
    }


def _register(
    services: Services, pack: Pack, decision: Decision, version: PromptVersion, card: dict[str, Any], actor: Actor
) -> dict[str, Any]:
    data = orjson.dumps(card, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    check_fits(services, pack, decision, version.sha256, version.data, data)
    model = model_of(services, pack, decision, version.sha256, data, None, "registered", actor)
    with services.store.write() as unit:
        known = [each for each in unit.models.of(pack.name, decision.name) if each.sha256 == version.sha256]
        if known:
            return {**known[0].to_json(), "new": False, "card": orjson.loads(unit.models.artefact(version.sha256)[1])}
        # What it stands on has to be there wherever the pointer leads.
        register_pinned(services, unit, pack, decision, actor)
        body = {"pack": pack.name, "decision": decision.name, "sha256": version.sha256, "card": decimals_as_text(card)}
        unit.journal.append("model.trained", actor=actor, step="learn", body=body)
        store(unit, model, version.data, data, actor)
    return {**model.to_json(), "new": True, "card": card}
