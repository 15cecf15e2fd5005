"""The JSON Schema (draft 2020-12) of a case, for a form or a client: what admission will ask of each field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from remit.core.schema import Field, Record
from remit.packs.data_contract import DataContract

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "timestamp": {"type": "string", "format": "date-time"},
    "strings": {"type": "array", "items": {"type": "string"}},
}


def case_schema(contract: DataContract) -> dict[str, Any]:
    """The schema of a case. Rules over the whole case are in the data contract alone, as CEL."""
    schema = record_schema(contract.record)
    for name, shape in schema["properties"].items():
        if name in contract.lengths:
            shape["minLength"], shape["maxLength"] = contract.lengths[name]
        if name in contract.patterns:
            # A pattern is of the whole text there, and of a part of it in JSON Schema.
            shape["pattern"] = f"^(?:{contract.patterns[name]})$"
    return {"$schema": DRAFT, "title": contract.name, **schema}


def record_schema(record: Record) -> dict[str, Any]:
    """The schema of a record, such as an action's arguments."""
    return {
        "type": "object",
        "properties": {field.name: _shape(field) for field in record.fields},
        "required": [field.name for field in record.fields if field.required],
        "additionalProperties": False,
    }


def _shape(field: Field) -> dict[str, Any]:
    said = {
        "description": field.description or None,
        "enum": list(field.values) or None,
        "minimum": field.minimum,
        "maximum": field.maximum,
        "maxItems": field.max_items,
    }
    return {**_TYPES[field.type], **{name: value for name, value in said.items() if value is not None}}
