"""A formatted contract has one spelling, keeps every comment and means what it meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.core.errors import SourceError
from remit.core.source import read_yaml
from remit.policies.fmt import format_contract

PACKS = sorted((Path(__file__).parents[3] / "examples" / "packs").glob("*/policy.yaml"))

UNTIDY = """\
# What this is about.
kind: PolicyContract   # the kind


apiVersion:   remit/v1
rules:
# The first rule.
- effect: deny
  # Why it is so.
  reason: >-
      A long
      reason.

  id: a    # its name
  when: "case.disputed &&
    case.income > 1.0"
- {reason: Short., when: x, id: b, effect: allow, approval: {quorum: 2, role: boss}}

# The money.
metadata: { version: 1, name: nn,
  owner: o }
tests:
  -   expect: deny
      name: t   # a test
      by:
      - a
# The end.
"""

TIDY = """\
apiVersion: remit/v1
# What this is about.
kind: PolicyContract  # the kind

# The money.
metadata: {name: nn, version: 1, owner: o}
rules:
  # The first rule.
  - id: a  # its name
    when: "case.disputed &&
      case.income > 1.0"
    effect: deny
    # Why it is so.
    reason: >-
      A long
      reason.
  - {id: b, when: x, effect: allow, reason: Short., approval: {role: boss, quorum: 2}}
tests:
  - name: t  # a test
    expect: deny
    by:
      - a
# The end.
"""


def test_keys_are_ordered_and_comments_go_with_what_they_are_about() -> None:
    assert format_contract(UNTIDY, "policy.yaml") == TIDY


def test_formatting_again_changes_nothing() -> None:
    assert format_contract(TIDY, "policy.yaml") == TIDY


@pytest.mark.parametrize("file", PACKS, ids=lambda file: file.parent.name)
def test_the_shipped_contracts_are_formatted(file: Path) -> None:
    text = file.read_text("utf-8")
    assert format_contract(text, str(file)) == text


def test_a_long_flow_collection_is_filled_line_by_line() -> None:
    words = ", ".join(f"word-{number:04}" for number in range(30))
    formatted = format_contract(f"variables: [{words}]\n", "policy.yaml")
    assert max(map(len, formatted.splitlines())) <= 120
    assert formatted.count("\n") == 4


def test_a_collection_with_comments_inside_is_left_as_it_is() -> None:
    text = "variables: [1, # one\n  2]\n"
    assert format_contract(text, "policy.yaml") == text


def test_what_would_change_is_refused() -> None:
    with pytest.raises(SourceError, match="cannot be formatted without changing it"):
        format_contract("decision: |2\n    two more\n", "policy.yaml")


def test_what_is_no_yaml_is_told_with_its_place() -> None:
    with pytest.raises(SourceError, match=r"policy\.yaml:2:1"):
        format_contract("a: [\n", "policy.yaml")


words = st.text(alphabet="ab c#:'\"-{}[],&|>%\\\n", max_size=12)
keys = words.filter(lambda word: word.strip() and "\n" not in word)
values = st.recursive(
    st.one_of(words, st.integers(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=12,
)
comments = st.lists(st.sampled_from(["# one", "  # two", "", "#three"]), max_size=3)


@given(data=st.dictionaries(st.sampled_from(["rules", "metadata", "when", "id", "other"]), values), notes=comments)
def test_no_contract_means_something_else_afterwards(data: object, notes: list[str]) -> None:
    import yaml

    text = "\n".join([*notes, yaml.safe_dump(data, sort_keys=False, default_flow_style=None), *notes])
    try:
        meant = read_yaml(text, "policy.yaml").data
    except SourceError:
        return
    formatted = format_contract(text, "policy.yaml")
    assert read_yaml(formatted, "policy.yaml").data == meant
    assert format_contract(formatted, "policy.yaml") == formatted
