"""``/policies``: each contract in force with its rules, tests and coverage; changes to propose and to decide."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from remit.api.doors import Entered, TheEngine
from remit.core.errors import InputError, NotFound, RemitError
from remit.core.words import Actor
from remit.service.policy_changes import (
    activate_policy,
    policy_in_force,
    policy_versions,
    propose_policy,
    reject_policy,
    review_policy,
    roll_back_change,
)
from remit.service.services import Services
from remit.service.try_policy import check_text, prove_in_force
from remit.web.gate import Form, opens, page_door
from remit.web.page_route import pages, told_of
from remit.web.render import page

router = pages()
Reader = Annotated[Entered, Depends(page_door("policies.read"))]
Author = Annotated[Entered, Depends(page_door("policies.propose"))]
Decider = Annotated[Entered, Depends(page_door("policies.decide"))]
Verb = Literal["activate", "shadow", "reject", "rollback"]
_VERBS: Mapping[Verb, Callable[[Services, str, Actor, str], Any]] = {
    "activate": activate_policy,
    "shadow": lambda services, change, actor, reason: activate_policy(services, change, actor, reason, in_shadow=True),
    "reject": reject_policy,
    "rollback": roll_back_change,
}
OFFERED: Mapping[str, tuple[Verb, ...]] = {
    "proposed": ("activate", "shadow", "reject"),
    "shadowing": ("activate", "reject"),
    "active": ("rollback",),
}
"""What can be done with a change, by its state."""
ITS_OWN_AUTHORS: frozenset[Verb] = frozenset({"reject", "rollback"})
"""What its author can do as well: take it away, and never put it in force."""


@router.get("/policies")
def policies(request: Request, engine: TheEngine, _who: Reader) -> Response:
    """Every decision's contract in force, and the changes of each pack."""
    found = []
    for name in engine.services.library.names():
        try:
            found.append(policy_versions(engine.services, name))
        except RemitError as error:
            found.append({"pack": name, "in_force": [], "changes": [], "problem": error.message})
    return page(request, "policies.html", packs=found)


@router.get("/policies/changes/{change_id}")
def change(change_id: str, request: Request, engine: TheEngine, who: Reader) -> Response:
    """One change with everything that whoever decides it needs to see."""
    found = review_policy(engine.services, change_id)
    offered = OFFERED.get(found["state"], ()) if opens(who.principal, "policies.decide") else ()
    own = found["proposed"]["by"] == who.principal.id
    return page(
        request,
        "policy_change.html",
        change=found,
        diff=_diff(found["base_texts"], found["texts"]),
        verbs=[verb for verb in offered if not own or verb in ITS_OWN_AUTHORS],
        own=own,
    )


@router.post("/policies/changes/{change_id}/{verb}")
def decide(change_id: str, verb: Verb, engine: TheEngine, who: Decider, form: Form) -> Response:
    """Put a change in force or in its shadow, turn it down, or take it back."""
    _VERBS[verb](engine.services, change_id, who.actor, form.get("reason", ""))
    return RedirectResponse(f"/policies/changes/{change_id}", 303)


@router.get("/policies/{pack}/{decision}")
def contract(
    pack: str, decision: str, request: Request, engine: TheEngine, who: Reader, proof: bool = False
) -> Response:
    """The contract in force: its rules with their clauses, what its tests reach, the text, its changes; and its proof
    where that is asked for.
    """
    found = policy_in_force(engine.services, pack, decision)
    changes = policy_versions(engine.services, pack)["changes"]
    text = _main_text(found["texts"])
    return page(
        request,
        "policy.html",
        pack=pack,
        found=found,
        report=check_text(engine.services, pack, text),
        rules=_rules(engine.services, pack, decision),
        text=text,
        proof=prove_in_force(engine.services, pack, decision) if proof else None,
        changes=[each for each in changes if each["decision"] == decision],
        may_propose=opens(who.principal, "policies.propose"),
    )


@router.get("/policies/{pack}/{decision}/propose")
def draft(pack: str, decision: str, request: Request, engine: TheEngine, _who: Author) -> Response:
    """A form with the text in force, to be changed."""
    text = _main_text(policy_in_force(engine.services, pack, decision)["texts"])
    return page(
        request, "policy_draft.html", pack=pack, decision=decision, text=text, reason="", report=None, wrong=None
    )


@router.post("/policies/{pack}/{decision}/propose")
def propose(pack: str, decision: str, request: Request, engine: TheEngine, who: Author, form: Form) -> Response:
    """Check a text, or propose it. What is wrong with it is shown beside it, and nothing of it is lost."""
    text, reason = form.get("text", "").replace("\r\n", "\n"), form.get("reason", "")
    said: dict[str, Any] = {"pack": pack, "decision": decision, "text": text, "reason": reason}
    try:
        if form.get("do") == "check":
            report = check_text(engine.services, pack, text)
            return page(request, "policy_draft.html", **said, report=report, wrong=None)
        made = propose_policy(engine.services, pack, text, "contract", who.actor, reason)
    except RemitError as error:
        status, wrong, _ = told_of(request, error)
        return page(request, "policy_draft.html", status=status, **said, report=None, wrong=wrong)
    return RedirectResponse(f"/policies/changes/{made['change_id']}", 303)


def _rules(services: Services, pack: str, decision: str) -> list[dict[str, Any]]:
    found = services.pack(pack).decisions.get(decision)
    if found is None:
        raise NotFound(f"{pack} has no decision `{decision}`")
    return [
        {"id": rule.id, "effect": rule.effect, "when": rule.when.text if rule.when else "always", "reason": rule.reason}
        for rule in found.policy.rules
    ]


def _main_text(texts: Mapping[str, str]) -> str:
    if not texts:
        raise InputError("the text of this contract is not kept here", mend="see the pack's folder")
    return next(iter(texts.values()))


def _diff(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str]]:
    """The lines of a unified diff, each with what it is: kept, added, taken away, or a place."""
    kinds = {"+": "add", "-": "del", "@": "at"}
    found = []
    for name in dict.fromkeys([*before, *after]):
        was, now = (texts.get(name, "").splitlines() for texts in (before, after))
        lines = list(difflib.unified_diff(was, now, name, name, lineterm="", n=3))[2:]
        found += [(kinds.get(text[:1], ""), text) for text in lines]
    return found
