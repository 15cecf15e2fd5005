"""`remit explain`: one decision in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from remit.cli.common import AsJson, open_engine, print_json, say
from remit.cli.policy_cases import clause_lines

DecisionId = Annotated[str, typer.Argument(metavar="ID", help="A decision's id.")]


def command(
    decision_id: DecisionId,
    clauses: Annotated[
        bool, typer.Option("--clauses", help="Add every rule of the contract with the clauses that decided it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Explain a decision: plan, evidence with citations, proposal, clauses, review, effect, ledger."""
    with open_engine() as engine:
        told = engine.explain(decision_id, clauses=clauses)
    if as_json:
        print_json(told)
        return
    for line in story(told):
        say(line)


def story(told: dict[str, Any]) -> Iterator[str]:
    """The explanation as lines for a person, in the order in which it happened."""
    yield f"Decision {told['decision_id']} ({told['decision']}): {told['status'].replace('_', ' ')}"
    yield f"  asked by {told['asked_by']['id']} at {told['asked_at'][:19]} UTC, case quality {told['case_quality']}"
    yield from (f"  data: {item['severity']}: {item['message']}" for item in told.get("violations", []))
    if told["erased_at"] is not None:
        yield f"  its case was erased on {told['erased_at'][:10]}: what it was about and why is not kept any more"
        yield from _ledger(told)
    if told["plan"] is None:
        return
    yield "Plan"
    for step in told["plan"]["steps"]:
        detail = f"{step['need']}: “{step['query']}”" if step["kind"] == "retrieve" else f"by {step['strategy']}"
        yield f"  {step['kind']} {detail}"
    yield "Evidence"
    for need in told["needs"]:
        yield f"  need {need['need']}: {'met' if need['met'] else 'NOT met: ' + need['reason']}"
    for item in told["evidence"]:
        cited = "cited" if item["id"] in told["cites"] else "shown"
        yield f"  [{item['id']}] {item['title']} ({item['trust']}, {item['age_days']} days old, {cited})"
        yield "      (its document was erased)" if item["text"] is None else f"      “{_short(item['text'])}”"
    yield "Proposal"
    yield f"  {told['action']['name']} {told['action']['args']} with confidence {told['confidence']:.2f}"
    yield from (f"  {reason}" for reason in told["reasons"])
    yield from _choice(told["choice"])
    if told["edited"]:
        yield f"  edited by {told['edited']['by']}; what was proposed before: {told['edited']['was']}"
    policy = told["verdict"]["policy"]
    effect = told["verdict"]["effect"]
    yield f"Verdict: {effect} (policy {policy['name']} version {policy['version']}, {policy['sha256'][:12]})"
    for finding in told["verdict"]["findings"]:
        yield f"  {finding['effect']:<8} {finding['rule']}: {finding['reason']}"
        yield f"           because {finding['clause']}"
    if told.get("counterfactual"):
        yield f"  {told['counterfactual']['sentence']}"
    if "explanation" in told:
        yield "Clauses"
        yield from clause_lines(told["explanation"])
    if told["review"] is not None:
        yield f"Review {told['review']['review_id']}: {told['review']['state']}"
        for vote in told["review"]["votes"]:
            why = vote["reason"] or "(the reason is told when the last person has spoken)"
            yield f"  {vote['reviewer']} ({vote['role']}): {vote['choice']}: {why}"
    if told["effect"] is not None:
        done = told["effect"]
        yield f"Effect: {done['connector']} {done['state']} after {done['attempts']} attempt(s): {done['result']}"
    if told["compensation"] is not None:
        undone = told["compensation"]
        came = undone["error"] or undone["result"]
        yield f"Compensation: {undone['connector']} {undone['state']} after {undone['attempts']} attempt(s): {came}"
        yield f"  {undone['by']} ({undone['role']}): {undone['reason']}"
    for each in told.get("obligations", ()):
        failed = f" after {each['attempts']} attempt(s): {each['error']}" if each["error"] else ""
        yield f"Obligation: {each['do']} {each['to']}: {each['state']}{failed}"
    yield from _ledger(told)


def _choice(choice: dict[str, Any] | None) -> Iterator[str]:
    """Where other actions might have been explored: with what probability each, by which seed, and what came of it."""
    exploration = (choice or {}).get("exploration")
    if choice is None or exploration is None:
        return
    said = _SAID[exploration["said"]]
    yield f"  exploration: {said}; expected loss {exploration['loss_micros'] / 1e6:.6f}, best {exploration['best']}"
    shares = ", ".join(f"{action} {share:.3f}" for action, share in choice["probabilities"].items())
    yield f"  drawn {choice['proposed']} by seed {choice['seed']} from {shares}"


_SAID = {
    "explored": "within the budget of the day",
    "spent": "none, the budget of the day is spent",
    "no_other": "none, no other action is allowed and can be undone",
    "best_not_allowed": "none, the best action is not allowed without a person",
}


def _ledger(told: dict[str, Any]) -> Iterator[str]:
    yield "Ledger"
    yield from trace_lines(told)


def trace_lines(told: dict[str, Any]) -> Iterator[str]:
    """The steps of a run with their times, and what did not go at once."""
    for event in told["ledger"]:
        yield f"  {event['seq']:>6}  {event['type']}  {event['at']}"
    if told["replans"]:
        yield f"  asked again in other words, {told['replans']} time(s)"
    yield from (f"  {failure}" for failure in told["search_failures"])


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 160 else flat[:157] + "…"
