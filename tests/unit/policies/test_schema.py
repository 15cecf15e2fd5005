"""The format as JSON Schema accepts what loads, refuses what is misspelt, and says what every field is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from remit.core.source import read_yaml
from remit.policies.schema import DRAFT, contract_schema

PACKS = Path(__file__).parents[3] / "examples" / "packs"
HEAD = "apiVersion: remit/v1\nkind: PolicyRules\n"


def errors(text: str) -> list[str]:
    found = Draft202012Validator(contract_schema()).iter_errors(read_yaml(text, "policy.yaml").data)
    return [error.message for error in found]


def test_the_schema_is_itself_valid() -> None:
    schema = contract_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DRAFT


@pytest.mark.parametrize("file", sorted(PACKS.glob("*/policy.yaml")) + sorted(PACKS.glob("*/shared/*.yaml")), ids=str)
def test_the_shipped_contracts_are_valid(file: Path) -> None:
    assert errors(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "ruels: []\n", "'ruels' was unexpected"),
        (HEAD + "tests: []\n", "'tests' was unexpected"),
        (HEAD + "rules: [{id: a, effect: deny, reason: No.}]\n", "is not valid under any of the given schemas"),
        (HEAD + "rules: [{id: a, when: 'true', effect: alow, reason: No.}]\n", "'alow' is not one of"),
        (HEAD + "requires: [{id: a, check: x, read: z, else: deny}]\n", "is valid under each of"),
        (HEAD + "limits: [{id: a, per: week, max: 1, else: deny}]\n", "'week' is not one of"),
        (HEAD + "limits: [{id: a, for: null, per: day, max: 1, else: deny}]\n", "None is not of type 'string'"),
        ("apiVersion: remit/v1\nkind: PolicyContract\n", "'decision' is a required property"),
    ],
)
def test_a_mistake_is_found(text: str, said: str) -> None:
    assert any(said in error for error in errors(text)), errors(text)


def test_every_field_is_described() -> None:
    fields: list[dict[str, Any]] = [
        field for each in contract_schema()["$defs"].values() for field in each["properties"].values()
    ]
    assert all(field["description"].endswith(".") for field in fields)
