"""Tell of one decision: why it came out so, by which rules, from which sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from remit.agents.records import StoredDecision
from remit.approvals.review import SETTLED
from remit.chat.conversation import About, Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.chat.wording import in_words
from remit.service.chat.reach import Reach, cited, foreign, short

_CAME_OUT = {
    "received": "is under way",
    "awaiting_review": "was escalated and waits for a person",
    "committed": "was allowed and is being carried out",
    "executed": "was allowed and carried out",
    "advised": "was allowed, as advice",
    "denied": "was denied",
    "rejected": "was escalated, and rejected by a person",
    "quarantined": "was put into quarantine: its data needs a look",
    "failed": "failed",
}
_EFFECT = {"allow": "allows it", "escalate": "asks for a person", "deny": "forbids it"}


def explain(reach: Reach, call: Call) -> Result:
    """Why a decision came out as it did: its verdict's reasons, what would have turned it, who it waits for."""
    stored, among = reach.decision(call.args["decision"], call.args.get("kind"))
    if stored.erased_at is not None:
        return _erased("explain", stored)
    told = reach.told(stored)
    if told.get("verdict_hidden"):
        return _hidden("explain", stored, among)
    findings = _findings(told)
    speaking = [each for each in findings if each["effect"] == _strictest(told)]
    citations = [cited(stored), *_rules(speaking)]
    lines = [f"{_named(stored, among)} {_came_out(stored)} [1]."]
    if told["action"]:
        lines.append(f"Proposed was {_action(told['action'])}, with confidence {told['confidence']:.2f}.")
    lines += [f"{each['reason'].rstrip('.')} [{n}]." for n, each in enumerate(speaking, start=2)]
    if stored.run.violations:
        lines.append("The case was not in order: " + "; ".join(each["message"] for each in stored.run.violations) + ".")
    if told.get("counterfactual"):
        lines.append(told["counterfactual"]["sentence"])
    if told["review"]:
        citations.append(Citation("review", told["review"]["review_id"], f"review, {told['review']['state']}"))
        lines.append(f"{_review(told['review'])} [{len(citations)}].")
    about = About(stored.run.decision_id)
    parts = (RunEvent("decision", _card(stored, told), about),)
    title = f"Why: {stored.run.decision} {short(stored.run.decision_id)}"
    return _result("explain", stored, lines, citations, parts, title)


def rules(reach: Reach, call: Call) -> Result:
    """Each rule that spoke, with the clause that made it so."""
    stored, among = reach.decision(call.args["decision"], call.args.get("kind"))
    if stored.erased_at is not None:
        return _erased("rules", stored)
    told = reach.told(stored)
    if told.get("verdict_hidden"):
        return _hidden("rules", stored, among)
    findings = _findings(told)
    citations = [cited(stored), *_rules(findings)]
    lines = [f"On {_named(stored, among)}, {_count(len(findings), 'rule')} of the contract spoke [1]."]
    lines += [
        f"{each['rule']} {_EFFECT[each['effect']]} [{n}]: {each['reason'].rstrip('.')}. Clause: {each['clause']}"
        for n, each in enumerate(findings, start=2)
    ]
    about = About(stored.run.decision_id)
    rows = [{name: each[name] for name in ("rule", "effect", "clause", "reason")} for each in findings]
    table = {"title": "Rules that spoke", "columns": ["rule", "effect", "clause", "reason"], "rows": rows}
    title = f"Rules: {stored.run.decision} {short(stored.run.decision_id)}"
    return _result("rules", stored, lines, citations, (RunEvent("table", table, about),), title)


def sources(reach: Reach, call: Call) -> Result:
    """Each passage that the decision was made on, and which of them its proposal cites."""
    stored, among = reach.decision(call.args["decision"], call.args.get("kind"))
    if stored.erased_at is not None:
        return _erased("sources", stored)
    told = reach.told(stored)
    evidence: Sequence[Mapping[str, Any]] = told["evidence"]
    passages = [Citation("passage", each["id"], each["id"], {"trust": each["trust"]}) for each in evidence]
    lines = [f"{_named(stored, among)} was made on {_count(len(evidence), 'passage')} [1]."]
    lines += [
        f"For {each['need'].replace('_', ' ')}: {each['id']} ({each['trust']}, {each['age_days']} days old) [{n}]"
        + (", cited by the proposal." if each["id"] in told["cites"] else ".")
        for n, each in enumerate(evidence, start=2)
    ]
    lines += [f"Not found: {each['need'].replace('_', ' ')}." for each in told["needs"] if not each["met"]]
    parts = tuple(RunEvent("passage", {"n": n, "id": each.id, **each.more}) for n, each in enumerate(passages, start=2))
    title = f"Sources: {stored.run.decision} {short(stored.run.decision_id)}"
    return _result("sources", stored, lines, [cited(stored), *passages], parts, title)


def _result(
    tool: str,
    stored: StoredDecision,
    lines: Sequence[str],
    citations: Sequence[Citation],
    parts: tuple[RunEvent, ...],
    title: str,
) -> Result:
    text = "\n".join(lines)
    answer = Answer(text, tuple(citations), parts, About(stored.run.decision_id), title=title)
    return Result(tool, answer, {"text": text}, foreign(stored))


def _erased(tool: str, stored: StoredDecision) -> Result:
    day = (stored.erased_at or "")[:10]
    text = f"The case of decision {stored.run.decision_id} was erased on {day}: it cannot be told."
    return Result(tool, Answer(text, (cited(stored),), outcome="not_found"), {"text": text})


def _hidden(tool: str, stored: StoredDecision, among: int) -> Result:
    """What is told of a verdict that its reviewer is to be shown after they have thought for themselves."""
    lines = [
        f"{_named(stored, among)} {_came_out(stored)} [1].",
        "Its verdict is shown to you once you have said in the queue what you think of the case [2].",
    ]
    citations = [cited(stored), Citation("review", str(stored.review_id), "review, open")]
    title = f"Hidden: {stored.run.decision} {short(stored.run.decision_id)}"
    return _result(tool, stored, lines, citations, (), title)


def _named(stored: StoredDecision, among: int) -> str:
    several = f" (the newest of {among} on it)" if among > 1 else ""
    return f"{stored.run.subject}{several}, decision {stored.run.decision_id},"


def _came_out(stored: StoredDecision) -> str:
    return _CAME_OUT[stored.stage]


def _action(action: Mapping[str, Any]) -> str:
    args = ", ".join(in_words(name, value) for name, value in action["args"].items())
    return f"`{action['name']}`" + (f" ({args})" if args else "")


def _findings(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(told["verdict"]["findings"]) if told["verdict"] else []


def _strictest(told: Mapping[str, Any]) -> str:
    return str(told["verdict"]["effect"]) if told["verdict"] else ""


def _rules(findings: Sequence[Mapping[str, Any]]) -> list[Citation]:
    return [Citation("rule", each["rule"], each["rule"], {"effect": each["effect"]}) for each in findings]


def _review(review: Mapping[str, Any]) -> str:
    """Where a review stands. Who said what in one that is not settled is nobody's business yet."""
    asked = " and ".join(f"{terms['quorum']} {terms['role']}" for terms in review["terms"])
    if review["state"] in SETTLED:
        said = "; ".join(f"{vote['reviewer']}: {vote['choice']}, “{vote['reason']}”" for vote in review["votes"])
        return f"Its review is {review['state']}" + (f" ({said})" if said else "")
    return f"Its review is {review['state']}: it takes {asked}"


def _card(stored: StoredDecision, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "decision_id": stored.run.decision_id,
        "decision": stored.run.decision,
        "pack": stored.versions.pack,
        "subject": stored.run.subject,
        "status": stored.stage,
        "effect": _strictest(told) or None,
        "action": told["action"],
        "confidence": told["confidence"],
        "review_id": stored.review_id,
        "findings": [dict(each) for each in _findings(told)],
        "trace": [{"type": each["type"], "at": each["at"]} for each in told["ledger"]],
        "versions": stored.versions.to_json(),
    }


def _count(n: int, what: str) -> str:
    return f"{n or 'no'} {what}{'' if n == 1 else 's'}"
