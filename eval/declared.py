"""A suite that ships, held to floors of one's own: a YAML file that names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from remit.core.errors import InputError
from remit.core.source import StrictModel, parse_model, read_yaml
from remit.eval.suite import Floor, Suite

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class FloorModel(StrictModel):
    """What a figure has to hold."""

    case: Text = "*"
    metric: Text
    at_least: float | int | None = None
    at_most: float | int | None = None
    quick: bool = True

    @model_validator(mode="after")
    def _has_a_bound(self) -> FloorModel:
        if self.at_least is None and self.at_most is None:
            raise ValueError("say `at_least` or `at_most`")
        return self


class SuiteModel(StrictModel):
    """The file: a name of its own, the suite that ships, and floors in place of those it ships with."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
    suite: Text
    question: Text | None = None
    floors: Annotated[list[FloorModel], Field(min_length=1)]


def read_suite(file: Path, find: Callable[[str], Suite]) -> Suite:
    """The suite that a file declares; `find` knows those that ship.

    Raises:
        InputError: the file cannot be read, or names no suite that ships.
        SourceError: it has problems; all of them are told, with their places.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}", mend="give a YAML file in UTF-8") from error
    model = parse_model(SuiteModel, read_yaml(text, str(file)))
    ships = find(model.suite)
    floors = tuple(Floor(each.case, each.metric, each.at_least, each.at_most, each.quick) for each in model.floors)
    return Suite(model.name, model.question or ships.question, ships.run, floors)
