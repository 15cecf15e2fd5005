"""The format of a contract file as JSON Schema, so that an editor can complete and check it while it is written.

The shape comes from the models that read contracts. What an expression says is checked only when a contract is loaded.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from remit.policies.contract import Contract, RuleFile

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_WORDS: dict[str, str] = {
    "apiVersion": "The version of this format.",
    "kind": "PolicyContract, or PolicyRules for a file that contracts import.",
    "metadata": "Name, version, owner, and from which day to which the contract is in force.",
    "decision": "The decision that the contract governs, as pack.yaml names it.",
    "imports": "Rule files of the pack's folder, such as shared/limits.yaml.",
    "default": "The effect when no rule speaks; allow is refused where an action has an effect on the world.",
    "on_error": "The effect when something cannot be evaluated; never allow.",
    "variables": "Names for CEL expressions, used as variables.NAME.",
    "rules": "What is allowed, escalated or denied. deny beats escalate beats allow, in any order.",
    "requires": "What must hold before an allow.",
    "limits": "How much may be done in a window of time.",
    "obligations": "What is to be done besides, whenever a condition holds.",
    "invariants": "What must never be, whatever the facts.",
    "test_case": "A complete case; each test overrides what it is about.",
    "tests": "Facts, each with the effect that they must have.",
    "name": "A name.",
    "version": "Raised with every change, beginning at 1.",
    "owner": "Who answers for the contract.",
    "description": "What the contract is for.",
    "effective_from": "The first day in force (UTC).",
    "effective_until": "The last day in force (UTC).",
    "id": "Names it in findings; unique over the contract and what it imports.",
    "actions": "The rule speaks of these actions only.",
    "roles": "The rule speaks of actors with one of these roles only.",
    "when": "A CEL condition.",
    "effect": "What the rule says when it speaks.",
    "reason": "Why, in words for the people concerned.",
    "approval": "Who must approve an escalated action.",
    "role": "The role that approves.",
    "quorum": "How many different people of the role.",
    "within": "How soon, such as 30m, 4h or 2d.",
    "on_timeout": "What happens when nobody has approved in time; never an approval.",
    "for": "A CEL condition that says what this is about.",
    "check": "A CEL condition that must hold.",
    "read": "An evidence need of which a passage must have been found in this run.",
    "before": "The actions before which it must have been found.",
    "cited": "Whether the proposal must cite such a passage, too.",
    "else": "The effect otherwise.",
    "sum": "A CEL integer: what an action counts for. 1 when left out.",
    "per": "The window: a UTC calendar hour, day or month.",
    "by": "CEL values that have a budget each; of a test, the rules that must have decided.",
    "max": "The most that may be used in a window.",
    "do": "What is to be done: a name that connectors.py marks with @obligation.",
    "to": "For or to whom.",
    "never": "A CEL condition that must never be true; it may also name the `verdict`.",
    "case": "Fields of the case.",
    "action": "The proposed action.",
    "args": "The arguments of the action.",
    "evidence": "The passages that were found.",
    "needs": "What became of each evidence need.",
    "proposal": "How sure the proposer is, and what it cites.",
    "actor": "Who asks.",
    "case_quality": "Whether the case is in order.",
    "usage": "By limit, how much was used before in the window. Without it no limit is looked at.",
    "now": "When it happens, such as 2026-11-01T12:00:00Z.",
    "expect": "The effect that these facts must have.",
    "need": "The name of an evidence need.",
    "source": "Where the passage comes from.",
    "title": "The title of the document.",
    "trust": "How far the source is trusted.",
    "trusted": "Short for trust: trusted, or internal when false.",
    "age_days": "How old the document is, in days.",
    "score": "The fused rank score.",
    "similarity": "The cosine to the query.",
    "met": "Whether the need was met.",
    "confidence": "How sure the proposer is, from 0 to 1.",
    "propensity": "The probability with which the action was chosen.",
    "proposer": "Who proposed.",
    "cites": "Ids of the passages that the proposal rests on.",
}


def contract_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of contracts and of the rule files that they import."""
    _, found = models_json_schema([(Contract, "validation"), (RuleFile, "validation")], by_alias=True)
    definitions = found["$defs"]
    for definition in definitions.values():
        _describe(definition)
    definitions["Rule"]["anyOf"] = [{"required": [name]} for name in ("when", "actions", "roles")]
    definitions["Requirement"]["oneOf"] = [{"required": ["check"]}, {"required": ["read"]}]
    return {
        "$schema": DRAFT,
        "title": "Remit policy contract",
        "type": "object",
        "if": {"properties": {"kind": {"const": "PolicyRules"}}, "required": ["kind"]},
        "then": {"$ref": "#/$defs/RuleFile"},
        "else": {"$ref": "#/$defs/Contract"},
        "$defs": definitions,
    }


def _describe(definition: dict[str, Any]) -> None:
    """Words for every field; a null that only stands for "left out" is no value that may be written."""
    for name, field in definition.get("properties", {}).items():
        alternatives = [each for each in field.pop("anyOf", []) if each != {"type": "null"}]
        if len(alternatives) == 1:
            field.update(alternatives[0])
        elif alternatives:
            field["anyOf"] = alternatives
        if field.get("default", ...) is None:
            del field["default"]
        field.pop("title", None)
        field["description"] = _WORDS[name]
