"""What would have been decided if the case had said something else: thought through again, and nothing is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from remit.agents.records import Judgement, StoredDecision, judged
from remit.agents.think import think
from remit.chat.conversation import About, Answer, Citation, Result, RunEvent
from remit.chat.tools import Call
from remit.chat.wording import in_words
from remit.core.errors import InputError
from remit.core.problems import did_you_mean
from remit.packs.admit import admit
from remit.service.chat.reach import Reach, cited, foreign, short
from remit.service.hidden_verdict import must_be_told_whole

_EFFECT = {"allow": "allowed", "escalate": "escalated to a person", "deny": "denied"}


def what_if(reach: Reach, call: Call) -> Result:
    """The judgement on the changed case beside the recorded one, by the pack and the policy that are in force now."""
    stored, _ = reach.decision(call.args["decision"], call.args.get("kind"))
    if stored.erased_at is not None or stored.judgement is None:
        raise InputError("this decision has no judgement that could be thought again")
    must_be_told_whole(reach.desk.services.store, stored, reach.principal.actor())
    changes = call.args["changes"]
    if not isinstance(changes, dict):
        raise InputError("changes are fields with values")
    services = reach.desk.services
    pack = services.present_pack(stored.versions.pack, stored.versions.pack_sha256)
    decision = services.decision(pack, stored.run.decision)
    known = {name: value for name, value in changes.items() if decision.contract.record.field(name)}
    if not known:
        names = ", ".join(f"`{name}`" for name in changes) or "nothing"
        hint = did_you_mean(next(iter(changes), ""), decision.contract.record.names)
        raise InputError(f"the case of {stored.run.decision} has no {names}", mend=hint or None)
    admission = admit(decision, {**stored.run.case, **known})
    run = replace(
        stored.run,
        case=admission.case,
        case_quality=admission.quality,
        violations=tuple(each.to_json() for each in admission.violations),
    )
    if admission.quality == "quarantined":
        raise InputError("a case that says this is put into quarantine: a person has to look at its data")
    # Over the newest documents and unused limits, without a rival to compare with, and with nothing kept.
    deps = services.trial_deps(run, pack, decision, services.parts.corpus(pack.name, None))
    then = think(deps, services.clock.now().isoformat())
    return _told(stored, known, judged(stored), then)


def _told(stored: StoredDecision, changes: dict[str, Any], before: Judgement, after: Judgement) -> Result:
    was = [in_words(name, stored.run.case.get(name, "not given")) for name in changes]
    would = [in_words(name, value) for name, value in changes.items()]
    same = before.verdict["effect"] == after.verdict["effect"] and _action(before) == _action(after)
    speaking = [each for each in after.verdict["findings"] if each["effect"] == after.verdict["effect"]]
    citations = [cited(stored), *(Citation("rule", each["rule"], each["rule"]) for each in speaking)]
    lines = [
        f"With {' and '.join(would)} instead of {' and '.join(was)}, {stored.run.subject} would "
        f"{'still ' if same else ''}be {_EFFECT[after.verdict['effect']]}: `{_action(after)}` [1].",
        *(f"{each['reason'].rstrip('.')} [{n}]." for n, each in enumerate(speaking, start=2)),
    ]
    if not same:
        lines.append(f"It was {_EFFECT[before.verdict['effect']]}: `{_action(before)}`.")
    lines.append("This is by what is in force now; limits count as unused, and nothing was stored.")
    about = About(stored.run.decision_id)
    rows = [
        {"what": "verdict", "was": before.verdict["effect"], "would be": after.verdict["effect"]},
        {"what": "action", "was": _action(before), "would be": _action(after)},
        {"what": "confidence", "was": before.proposal["confidence"], "would be": after.proposal["confidence"]},
        *({"what": name, "was": stored.run.case.get(name), "would be": value} for name, value in changes.items()),
    ]
    table = {"title": "What if", "columns": ["what", "was", "would be"], "rows": rows}
    text = "\n".join(lines)
    title = f"What if: {stored.run.decision} {short(stored.run.decision_id)}"
    parts = (RunEvent("table", table, about),)
    answer = Answer(text, tuple(citations), parts, about, title=title)
    return Result("what_if", answer, {"text": text}, foreign(stored))


def _action(judgement: Judgement) -> str:
    return str(judgement.proposal["action"]["name"])
