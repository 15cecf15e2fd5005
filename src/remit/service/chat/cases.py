"""A case that somebody types: it is read and shown first, and decided only after their own yes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.chat.conversation import About, Answer, Citation, Result, RunEvent
from remit.chat.slots import as_written
from remit.chat.tools import Call
from remit.core.errors import InputError
from remit.packs.admit import CaseRejected, admit
from remit.packs.pack import Decision
from remit.service.chat.reach import Reach, short
from remit.service.chat.telling import explain
from remit.service.chat.words import decision_words


def propose_case(reach: Reach, call: Call) -> Result:
    """The case as it was read, held against its data contract. Nothing is decided, and nothing is kept of it."""
    name, case, decision = _given(reach, call)
    if decision is None:
        return _which(reach, name, case)
    words = decision_words(name, decision)
    about = _about(case, decision)
    head = {"pack": name, "decision": decision.name, "fields": as_written(case, words)}
    missing = [field for field in decision.contract.record.fields if field.required and field.name not in case]
    if missing:
        asked = "; ".join(f"{field.name}{_values(field.values)}" for field in missing[:12])
        more = f" and {len(missing) - 12} more" if len(missing) > 12 else ""
        text = f"I read {len(case)} fields of a case for {decision.name}. Still missing: {asked}{more}."
        parts = (RunEvent("case", {**head, "missing": [each.name for each in missing]}, about),)
        return _result("propose_case", Answer(text, (), parts, about, "unclear", title=f"New case: {decision.name}"))
    try:
        admission = admit(decision, dict(case))
    except CaseRejected as error:
        wrong = "; ".join(f"{each.field or each.rule}: {each.message}" for each in error.violations)
        return _result("propose_case", Answer(f"This case cannot be decided: {wrong}.", about=about, outcome="unclear"))
    text = f"I read this case for {decision.name}. Is it right? Say yes, and it is decided; say no, and it is not."
    if admission.violations:
        text += "\nNote: " + "; ".join(each.message for each in admission.violations) + "."
    part = RunEvent("case", {**head, "missing": [], "confirm": "yes", "cancel": "no"}, about)
    return _result("propose_case", Answer(text, (), (part,), about, "to_confirm", title=f"New case: {decision.name}"))


def decide_case(reach: Reach, call: Call) -> Result:
    """Decide a case that was confirmed, once however often this is tried; then tell of it as of any other."""
    name, case, decision = _given(reach, call)
    decided = reach.desk.decide(
        *(name, dict(case), reach.principal.actor()),
        decision=None if decision is None else decision.name,
        request_key=reach.request_key,
    )
    decision_id = decided["decision_id"]
    told = explain(reach, Call("explain", {"decision": decision_id}))
    text = f"It is decided.\n{told.answer.text}"
    answer = Answer(
        text,
        told.answer.citations or (Citation("decision", decision_id, decided["decision"]),),
        told.answer.parts,
        About(decision_id),
        "decided",
        title=f"Decided: {decided['decision']} {short(decision_id)}",
    )
    return Result("decide", answer, {"text": text})


def _given(reach: Reach, call: Call) -> tuple[str, Mapping[str, Any], Decision | None]:
    """The pack's name, the case, and the decision; None where the pack has several and it was not said which."""
    name, case, kind = call.args["pack"], call.args["case"], call.args.get("kind")
    if not isinstance(case, Mapping):
        raise InputError("a case is an object of fields")
    services = reach.desk.services
    pack = services.pack(str(name))
    said = kind is not None or len(pack.decisions) == 1
    return str(name), case, services.decision(pack, None if kind is None else str(kind)) if said else None


def _which(reach: Reach, name: str, case: Mapping[str, Any]) -> Result:
    """Ask which of a pack's decisions a case is for. What was read of it is kept for the answer to that."""
    decisions = reach.desk.services.pack(name).decisions.values()
    abouts = (_about(case, each) for each in decisions)
    about = next((each for each in abouts if each.subject), About())
    text = f"Which decision is this case for: {' or '.join(each.name for each in decisions)}?"
    return _result("propose_case", Answer(text, about=about, outcome="unclear", title=f"New case: {name}"))


def _about(case: Mapping[str, Any], decision: Decision) -> About:
    subject = case.get(decision.subject)
    return About(subject=subject) if isinstance(subject, str) and subject else About()


def _values(values: tuple[str, ...]) -> str:
    return f" ({', '.join(values)})" if values else ""


def _result(tool: str, answer: Answer) -> Result:
    return Result(tool, answer, {"text": answer.text})
