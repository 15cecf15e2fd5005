"""The JSON Schema of a case: what admission asks of a field is what the schema says of it."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from remit.core.schema import Field, Record
from remit.packs.case_schema import case_schema, record_schema
from remit.packs.data_contract import DataContract

RECORD = Record(
    "Case",
    (
        Field("id", "string", description="Whose it is."),
        Field("purpose", "string", required=False, values=("car", "house")),
        Field("cents", "integer", required=False, minimum=1, maximum=9),
        Field("rate", "number", required=False),
        Field("open", "boolean", required=False),
        Field("asked_at", "timestamp", required=False),
        Field("tags", "strings", required=False, max_items=2),
    ),
)
CONTRACT = DataContract("loan", "1.0.0", RECORD, {"id": (2, 20)}, {"id": "L-[0-9]+"}, (), (), "id", ())


@pytest.mark.parametrize(
    ("case", "fits"),
    [
        ({"id": "L-1"}, True),
        ({}, False),
        ({"id": "L-1", "colour": "red"}, False),
        ({"id": "xL-1x"}, False),
        ({"id": "L-" + "1" * 20}, False),
        ({"id": "L-1", "purpose": "boat"}, False),
        ({"id": "L-1", "cents": 10}, False),
        ({"id": "L-1", "cents": 9, "rate": 0.5, "open": True, "purpose": "car", "tags": ["a"]}, True),
        ({"id": "L-1", "tags": ["a", "b", "c"]}, False),
        ({"id": "L-1", "open": "yes"}, False),
    ],
)
def test_a_case_fits_its_schema_as_it_would_be_admitted(case: dict[str, Any], fits: bool) -> None:
    assert jsonschema.Draft202012Validator(case_schema(CONTRACT)).is_valid(case) is fits


def test_the_schema_is_one_and_says_what_a_field_means() -> None:
    schema = case_schema(CONTRACT)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert (schema["title"], schema["properties"]["id"]["description"]) == ("loan", "Whose it is.")
    assert schema["properties"]["asked_at"]["format"] == "date-time"


def test_an_action_without_arguments_takes_none() -> None:
    assert record_schema(Record("advise", ())) == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
