"""What DBOS may store: JSON. Its own default is pickle, and it unpickles whatever row says that it is pickled."""

from __future__ import annotations

import os
from typing import Any

import orjson

# Before the import, which reads it once: in the maker's cloud it would take database and telemetry from there.
os.environ["DBOS__CLOUD"] = "false"

from dbos import Serializer
from dbos._serialization import DefaultSerializer


class JsonOnly(Serializer):
    """JSON, and of an exception its name: what it says may hold something of a case."""

    def name(self) -> str:
        return "json"

    def serialize(self, data: Any) -> str:
        if isinstance(data, BaseException):
            return orjson.dumps({"error": type(data).__name__}).decode()
        return orjson.dumps(data).decode()

    def deserialize(self, serialized_data: str) -> Any:
        data = orjson.loads(serialized_data)
        return RuntimeError(data["error"]) if isinstance(data, dict) and data.keys() == {"error"} else data


def _refuse(*_: Any) -> Any:
    raise TypeError("nothing is pickled or unpickled here")


# A row is read by the format that it names, not by the serializer that was configured.
DefaultSerializer.serialize = _refuse  # type: ignore[assignment, method-assign]
DefaultSerializer.deserialize = _refuse  # type: ignore[assignment, method-assign]
