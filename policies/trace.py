"""What shorthand stands for, as CEL: the scope of a rule, and "must have looked at X before Y"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remit.policies.clauses import tidy
from remit.policies.contract import Requirement, Rule


def rule_text(rule: Rule) -> str:
    """The whole condition of a rule: its actions, its roles and its own condition, all and-ed."""
    parts = list(_scope(rule.actions, rule.roles))
    if rule.when is not None:
        parts.append(f"({tidy(rule.when)})" if parts else rule.when)
    return " && ".join(parts)


def scope_text(requirement: Requirement) -> str | None:
    """Where a requirement applies; None when everywhere."""
    parts = list(_scope(requirement.before, None))
    if requirement.for_ is not None:
        parts.append(f"({tidy(requirement.for_)})" if parts else requirement.for_)
    return " && ".join(parts) or None


def check_text(requirement: Requirement) -> str:
    """What a requirement checks: its own expression, or that a passage of the need was found (and is cited)."""
    if requirement.check is not None:
        return requirement.check
    cited = " && e.id in proposal.cites" if requirement.cited else ""
    return f"evidence.exists(e, e.need == '{requirement.read}'{cited})"


def _scope(actions: Iterable[str] | None, roles: Iterable[str] | None) -> Iterator[str]:
    if actions is not None:
        yield f"action.name in [{', '.join(map(_quoted, actions))}]"
    if roles is not None:
        alternatives = " || ".join(f"{_quoted(role)} in actor.roles" for role in roles)
        yield f"({alternatives})"


def _quoted(word: str) -> str:
    """A word as a CEL text. The contract's model admits no word with a quote or a backslash."""
    return f"'{word}'"
