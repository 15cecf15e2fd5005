"""Strict YAML with places: a file becomes plain data, and every problem is told with file, line, column and a caret.

What is read is the YAML 1.2 core schema without its surprises. Whatever could be read in two ways (``no``, ``12:30``,
``012``, ``1_000``), whatever makes data from elsewhere (aliases, merge keys, tags) and whatever is said twice is
refused instead of guessed. A date stays text.

Sources: YAML 1.2.2, chapter 10.3 (core schema); the type pages of YAML 1.1, for what must not happen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from remit.core.errors import SourceError
from remit.core.problems import Problem, did_you_mean
from remit.core.scalars import index_inside, plain_value

SIZE_MAX_BYTES = 1_000_000
DEPTH_MAX = 32
PROBLEMS_MAX = 100

Path = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class StrictModel(BaseModel):
    """The base of every model that is read from a file: strict types, no undeclared field, frozen."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class _Span:
    """Where one value stands in the text, as indices; `style` is YAML's mark of a scalar: ' or " or | or > or none."""

    start: int
    end: int
    key: int
    style: str = ""


@dataclass(frozen=True)
class Source:
    """A file that was read: its text, its plain data, and the place of every value."""

    file: str
    text: str
    data: Any = field(default=None, repr=False)
    spans: Mapping[Path, _Span] = field(default_factory=dict, repr=False)

    def place(self, path: Path = (), key: bool = False) -> tuple[int, int]:
        """Line and column, from 1, of the value at `path` (or of its key); of what is around it if there is none."""
        span = self._span(path)
        return self._line_and_column(0 if span is None else span.key if key else span.start)

    def problem(
        self,
        message: str,
        path: Path = (),
        *,
        key: bool = False,
        code: str = "problem",
        mend: str = "",
        offset: int | None = None,
    ) -> Problem:
        """A problem at the value (or the key) at `path`; `offset` counts characters inside the text of a scalar."""
        line, column = self.place(path, key)
        span = self._span(path)
        if offset is not None and span is not None and path in self.spans:
            line, column = self._line_and_column(
                index_inside(self.text, span.start, span.end, span.style, self.value(path), offset)
            )
        return self._problem_at(message, line, column, code, mend)

    def problem_at_index(self, message: str, index: int, *, code: str, mend: str = "") -> Problem:
        """A problem at a character of the text, counted from 0."""
        return self._problem_at(message, *self._line_and_column(index), code, mend)

    def _problem_at(self, message: str, line: int, column: int, code: str, mend: str) -> Problem:
        # What cannot be seen is shown as a mark, so that a hostile file cannot write to a terminal.
        excerpt = _UNSEEN.sub("\ufffd", self._lines[line - 1])
        return Problem(message, self.file, line, column, excerpt, code, mend)

    def _span(self, path: Path) -> _Span | None:
        for length in range(len(path), -1, -1):
            if path[:length] in self.spans:
                return self.spans[path[:length]]
        return None

    def value(self, path: Path) -> Any:
        """The value at `path`. Raises KeyError or IndexError if there is none."""
        value = self.data
        for step in path:
            value = value[step]
        return value

    @cached_property
    def _lines(self) -> list[str]:
        return re.split(r"\r\n|\r|\n", self.text)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", self.text))]

    def _line_and_column(self, index: int) -> tuple[int, int]:
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1


def read_yaml(text: str, file: str) -> Source:
    """Read one YAML document.

    Raises:
        SourceError: with every problem found, each at its place.
    """
    text = text.removeprefix("\ufeff")
    bare = Source(file, text)
    if len(text) > SIZE_MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > SIZE_MAX_BYTES:
        raise SourceError([Problem("the file is larger than 1 MB", file, code="yaml.size")])
    unseen = [
        bare.problem_at_index(
            f"the character U+{ord(found.group()):04X} is not allowed", found.start(), code="yaml.char"
        )
        # No more than are told: each shows its line, and a line may be as long as the file.
        for found in islice(_UNSEEN.finditer(text), PROBLEMS_MAX)
    ]
    if unseen:
        raise SourceError(unseen)
    reader = _Reader(bare)
    reader.read()
    if reader.problems:
        raise SourceError(reader.problems)
    return Source(file, text, reader.root, reader.spans)


# Control characters, other line separators, surrogates, and the bidirectional controls that make a text look other than
# it reads (CVE-2021-42574).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNSET = object()


@dataclass
class _Open:
    """A mapping or a list that is being read; `key` is the mapping's key that waits for its value."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: Any = _UNSET
    key_index: int = 0
    seen: dict[str, int] = field(default_factory=dict)


class _Reader:
    """Builds data and places from YAML events, without recursion."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.spans: dict[Path, _Span] = {}
        self.root: Any = _UNSET
        self.stack: list[_Open] = []

    def read(self) -> None:
        try:
            event: Any
            for event in yaml.parse(self.source.text, Loader=_LOADER):
                if not self._take(event) or len(self.problems) >= PROBLEMS_MAX:
                    return
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            said = ", ".join(part for part in (error.context, error.problem) if part)
            self._complain(f"this is not YAML: {said}", mark.index if mark else 0, "yaml.syntax")
        except yaml.YAMLError as error:
            self._complain(f"this is not YAML: {error}", 0, "yaml.syntax")
        if self.root is _UNSET and not self.problems:
            self.problems.append(Problem("the file is empty", self.source.file, code="yaml.empty"))

    def _take(self, event: Any) -> bool:
        """Take one event; false when reading on makes no sense."""
        at, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.DocumentStartEvent):
            if event.version or event.tags:
                self._complain("a %YAML or %TAG directive is not read", at, "yaml.directive", "Remove the line.")
            if self.root is not _UNSET:
                self._complain("a second document begins here", at, "yaml.documents", "One file holds one document.")
                return False
        elif isinstance(event, yaml.AliasEvent):
            self._complain(f"the alias `*{event.anchor}` is not allowed", at, "yaml.alias", "Write the value out.")
            self._place(None, at, end)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            return self._take_node(event, at, end)
        return True

    def _take_node(self, event: Any, at: int, end: int) -> bool:
        if event.anchor:
            self._complain(f"the anchor `&{event.anchor}` is not allowed", at, "yaml.anchor", "Write the value out.")
        if event.tag:
            self._complain("a tag is not allowed", at, "yaml.tag", "Write the plain value.")
        if isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event, at), at, end, event.style or "")
            return True
        if len(self.stack) >= DEPTH_MAX:
            self._complain(f"nested deeper than {DEPTH_MAX} levels", at, "yaml.depth")
            return False
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._place(value, at, end)
        self.stack.append(_Open(value, path))
        return True

    def _scalar(self, event: Any, at: int) -> Any:
        if unseen := _UNSEEN.search(event.value):
            self._complain(f"the character U+{ord(unseen.group()):04X} is not allowed", at, "yaml.char")
            return ""
        if event.style or event.tag:
            return event.value
        try:
            return plain_value(event.value)
        except ValueError as error:
            self._complain(str(error), at, "yaml.surprise", "Put it in quotes if text is meant.")
            return event.value

    def _place(self, value: Any, start: int, end: int, style: str = "") -> Path:
        """Put a value where it belongs: a key, a mapping's value, a list's item or the root. Returns its path."""
        if not self.stack:
            self.root = value
            self.spans[()] = _Span(start, end, start, style)
            return ()
        into = self.stack[-1]
        if isinstance(into.value, list):
            path = (*into.path, len(into.value))
            into.value.append(value)
            self.spans[path] = _Span(start, end, start, style)
            return path
        if into.key is _UNSET:
            into.key, into.key_index = self._key(value, start, style, into), start
            return (*into.path, into.key)
        path = (*into.path, into.key)
        into.value[into.key] = value
        self.spans[path] = _Span(start, end, into.key_index, style)
        into.key = _UNSET
        return path

    def _key(self, key: Any, at: int, style: str, into: _Open) -> str:
        if not isinstance(key, str):
            self._complain(f"a key must be text, but is {_shown(key)}", at, "yaml.key", "Put the key in quotes.")
            # The broken key keeps a name of its own, so that reading on cannot take it for a duplicate.
            return f"<key {at}>"
        if key == "<<" and not style:
            self._complain("the merge key `<<` is not allowed", at, "yaml.merge", "Write the fields out.")
        elif key in into.seen:
            line, _ = self.source._line_and_column(into.seen[key])
            self._complain(f"duplicate key `{key[:60]}`; it is first set on line {line}", at, "yaml.duplicate-key")
        into.seen.setdefault(key, at)
        return key

    def _complain(self, message: str, at: int, code: str, mend: str = "") -> None:
        self.problems.append(self.source.problem_at_index(message, at, code=code, mend=mend))


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float)


def parse_model(model: type[M], source: Source, path: Path = ()) -> M:
    """The model of the data at `path`, checked strictly and by alias.

    Raises:
        SourceError: every field that is missing, undeclared or of another type, each at its place.
    """
    # JSON mode, so that a list may fill a tuple while every other type stays strict.
    try:
        return model.model_validate_json(orjson.dumps(source.value(path)), strict=True)
    except ValidationError as error:
        raise SourceError(_problems_of(error, model, source, path)) from None


def _problems_of(error: ValidationError, model: type[BaseModel], source: Source, path: Path) -> list[Problem]:
    found: dict[tuple[Path, str], Problem] = {}
    for detail in error.errors(include_url=False):
        loc, known = _follow(model, source.value(path), detail["loc"])
        kind = str(detail["type"])
        if kind == "missing":
            name = str(detail["loc"][-1])[:60]
            problem = source.problem(f"missing field `{name}`", (*path, *loc), key=True, code="model.missing")
        elif kind == "extra_forbidden":
            name = str(detail["loc"][-1])[:60]
            message = "; ".join(filter(None, (f"undeclared field `{name}`", did_you_mean(name, known))))
            mend = "" if not known else "Known here: " + ", ".join(sorted(known)) + "."
            problem = source.problem(message, (*path, *loc), key=True, code="model.undeclared", mend=mend)
        else:
            message = _say(kind, detail)
            problem = source.problem(message, (*path, *loc), code=f"model.{kind}")
        # A union tells one misfit once per branch; one telling is enough.
        found.setdefault(((*path, *loc), problem.message), problem)
    return list(found.values())


_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of names to values",
    "model_attributes_type": "a mapping of names to values",
}


def _say(kind: str, detail: Any) -> str:
    given = detail.get("input")
    if kind in _KINDS:
        hint = "; put it in quotes" if kind == "string_type" and _is_plain(given) and given is not None else ""
        return f"must be {_KINDS[kind]}, but is {_shown(given)}{hint}"
    if kind in ("literal_error", "enum"):
        expected = str(detail["ctx"]["expected"])
        close = did_you_mean(str(given), re.findall(r"'([^']*)'", expected))
        return "; ".join(filter(None, (f"must be {expected}, but is {_shown(given)}", close)))
    if kind == "value_error":
        return str(detail["ctx"]["error"])
    said = str(detail["msg"])
    return f"{said[:1].lower()}{said[1:]}, but is {_shown(given)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    return f"`{str(value)[:60]}`"


def _follow(model: Any, data: Any, loc: Sequence[str | int]) -> tuple[Path, set[str]]:
    """How much of a pydantic location exists in the data, and the field names that are known where it ends."""
    path: list[str | int] = []
    types = [model]
    known: set[str] = set()
    for step in loc:
        models = [found for each in types for found in models_in(each)]
        if isinstance(data, dict) and (step in data or step == loc[-1]):
            known = {info.alias or name for each in models for name, info in each.model_fields.items()}
        inside = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if not inside:
            continue  # a union's branch or pydantic's own mark, not a step of the data
        data = data[step]
        path.append(step)
        fields = [
            info.annotation
            for each in models
            for name, info in each.model_fields.items()
            if (info.alias or name) == step
        ]
        types = fields or [inner for each in types for inner in get_args(each)]
    return tuple(path), known


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The pydantic models that an annotation can hold, at any depth of list, mapping or union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from models_in(get_args(annotation)[0])
    elif get_origin(annotation) is not Literal:
        for inner in get_args(annotation):
            yield from models_in(inner)
