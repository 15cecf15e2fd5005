"""The one spelling of a contract file: keys in the order of the format, two spaces of indentation, comments kept.

Scalars stay as they were written; what moves is only the space around them. The result is read again and held against
the original, so that a contract never means something else after it was formatted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from pydantic import BaseModel

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.core.source import models_in, read_yaml
from remit.policies.contract import Contract, ContractTest, RuleFile

WIDTH = 120


def format_contract(text: str, file: str) -> str:
    """The text of a contract, or of a rule file, in its one spelling. Formatting that again changes nothing.

    Raises:
        SourceError: it is not YAML as contracts are written in, or cannot be formatted without changing what it says.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = read_yaml(text, file)
    data = source.data
    rules = isinstance(data, dict) and data.get("kind") == "PolicyRules"
    printer = _Printer(text)
    formatted = printer.print(RuleFile if rules else Contract)
    try:
        same = read_yaml(formatted, file).data == data and _Printer(formatted).comments == printer.comments
    except SourceError:
        same = False
    if not same:
        mend = "Write block scalars without an indentation digit, and comments on lines of their own."
        raise SourceError([Problem("it cannot be formatted without changing it", file, code="policy.fmt", mend=mend)])
    return formatted


class _Printer:
    """Prints the nodes of a YAML document. Comments are found by the line that they stand on or lead to."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Any = yaml.compose(text, Loader=yaml.SafeLoader)
        self.out: list[str] = []
        self.before: dict[int, list[str]] = {}
        self.after: dict[int, str] = {}
        self.trailing: list[str] = []
        self._gather_comments()
        leading = [line for lines in (*self.before.values(), self.trailing) for line in lines if line]
        self.comments = sorted([*leading, *self.after.values()])

    def print(self, model: type[BaseModel]) -> str:
        if self._is_block(self.root):
            self._block(self.root, 0, [model])
        else:
            self.out.append(self._atom(self.root, 0, 0, [model]))
        self.out.extend(self.trailing)
        return "\n".join(self.out).strip("\n") + "\n"

    def _gather_comments(self) -> None:
        """Comment and blank lines lead to the next item; a comment behind something belongs to its line."""
        starts = {item.start_mark.line for item in self._items(self.root)}
        inside = bytearray(len(self.text) + 1)
        for atom in self._atoms(self.root):
            start = atom.start_mark.index
            end = start + len(self._slice(atom))
            inside[start:end] = b"\1" * (end - start)
        waiting: list[str] = []
        index = 0
        for number, line in enumerate(self.text.split("\n")):
            if number in starts:
                self.before[number], waiting = waiting, []
            found = next((hit.start() for hit in re.finditer(r"(?<!\S)#", line) if not inside[index + hit.start()]), -1)
            if found >= 0 and line[:found].strip():
                self.after[number] = line[found:].rstrip()
            elif found >= 0:
                waiting.append(line.strip())
            elif not line.strip() and waiting[-1:] != [""] and not inside[index]:
                waiting.append("")
            index += len(line) + 1
        self.trailing = waiting

    def _items(self, node: Any) -> Iterator[Any]:
        """Every key and every list item that stands on a line of its own."""
        if not self._is_block(node):
            return
        for each in node.value:
            head, value = each if isinstance(each, tuple) else (each, each)
            yield head
            yield from self._items(value)

    def _atoms(self, node: Any) -> Iterator[Any]:
        """Every node that is printed as a whole: keys, scalars and flow collections."""
        if not self._is_block(node):
            yield node
            return
        for each in node.value:
            for part in each if isinstance(each, tuple) else (each,):
                yield from self._atoms(part)

    @staticmethod
    def _is_block(node: Any) -> bool:
        return isinstance(node, yaml.CollectionNode) and not node.flow_style

    def _block(self, node: Any, indent: int, models: Sequence[Any], dash: str = "") -> None:
        """A block mapping or list; `dash` is what goes before its first line, in place of some of its indentation."""
        for each, inner in self._ordered(node, models):
            head = each[0] if isinstance(each, tuple) else each
            for comment in self.before.pop(head.start_mark.line, []):
                if dash and not comment:
                    continue  # a blank line goes before a list item, or between its keys
                self.out.append(" " * (indent - len(dash)) + comment if comment else "")
            lead = " " * (indent - len(dash)) + dash
            if isinstance(each, tuple):
                self._entry(each[0], each[1], lead, indent, inner)
            elif self._is_block(each):
                self._block(each, indent + 2, inner, dash + "- ")
            else:
                self.out.append(lead + "- " + self._atom(each, indent + 2, indent + 2, inner))
                self._append_comment(each)
            dash = ""

    def _entry(self, key: Any, value: Any, lead: str, indent: int, models: Sequence[Any]) -> None:
        name = self._slice(key)
        if self._is_block(value):
            self.out.append(f"{lead}{name}:")
            self._append_comment(key)
            self._block(value, indent + 2, models)
            return
        said = self._atom(value, indent + 2, indent + len(name) + 2, models)
        self.out.append(f"{lead}{name}: {said}".rstrip())
        self._append_comment(value if self._slice(value) else key)

    def _append_comment(self, node: Any) -> None:
        comment = "" if _is_block_scalar(node) else self.after.pop(node.end_mark.line, "")
        if comment:
            self.out[-1] += f"  {comment}"

    def _ordered(self, node: Any, models: Sequence[Any]) -> list[tuple[Any, Sequence[Any]]]:
        """The entries of a collection in the order of its model, each with the models that its value can have."""
        if isinstance(node, yaml.SequenceNode):
            return [(each, models) for each in node.value]
        fields: dict[str, Any] = {}
        for model in models:
            fields.update((info.alias or name, info.annotation) for name, info in model.model_fields.items())
            if model is ContractTest:
                fields = {"name": fields["name"], **fields}
        rank = {name: number for number, name in enumerate(fields)}
        entries = sorted(node.value, key=lambda entry: rank.get(entry[0].value, len(rank)))
        return [(entry, list(models_in(fields.get(entry[0].value)))) for entry in entries]

    def _slice(self, node: Any) -> str:
        written = self.text[node.start_mark.index : node.end_mark.index]
        # The mark of a block scalar stands behind the blank lines that follow it.
        return written.rstrip("\n") if _is_block_scalar(node) and "+" not in written[:3] else written

    def _atom(self, node: Any, indent: int, column: int, models: Sequence[Any]) -> str:
        """A scalar or a flow collection from `column` on; further lines are indented by `indent`."""
        if isinstance(node, yaml.CollectionNode):
            return self._flow(node, column, models)
        written = self._slice(node)
        if _is_block_scalar(node):
            return _block_scalar(written, indent)
        first, *rest = written.split("\n")
        return "\n".join([first.rstrip(), *((" " * indent + line.lstrip()).rstrip() for line in rest)])

    def _flow(self, node: Any, column: int, models: Sequence[Any]) -> str:
        """A flow collection, filled up to the width of a line."""
        if "#" in re.sub(r"\"(\\.|[^\"\\])*\"|'[^']*'", "", self._slice(node)):
            return self._slice(node)  # a comment may stand inside
        opening, closing = "{}" if isinstance(node, yaml.MappingNode) else "[]"
        items = [self._flow_item(each, column + 1, inner) for each, inner in self._ordered(node, models)]
        pieces = [item + "," for item in items[:-1]] + [item + closing for item in items[-1:]]
        if not pieces:
            return opening + closing
        lines = [" " * column + opening + pieces[0]]
        for piece in pieces[1:]:
            if "\n" in piece or "\n" in lines[-1] or len(lines[-1]) + 1 + len(piece) > WIDTH:
                lines.append(" " * (column + 1) + piece)
            else:
                lines[-1] += f" {piece}"
        return "\n".join(lines)[column:]

    def _flow_item(self, each: Any, column: int, models: Sequence[Any]) -> str:
        if not isinstance(each, tuple):
            return self._atom(each, column, column, models)
        name = self._slice(each[0])
        return f"{name}: {self._atom(each[1], column, column + len(name) + 2, models)}".rstrip()


def _is_block_scalar(node: Any) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def _block_scalar(written: str, indent: int) -> str:
    """A literal or folded text, moved to another indentation as a whole."""
    header, *lines = written.split("\n")
    deep = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return "\n".join([header.rstrip(), *((" " * indent + line[deep:]).rstrip() for line in lines)])
