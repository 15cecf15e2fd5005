"""A model in a pack's files: its pin in pack.yaml, and another model put in place of the one that is pinned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from remit.core.errors import NotFound
from remit.packs.files import PackFiles
from remit.packs.manifest import PackModel, read_manifest
from remit.packs.pack import card_name


def pinned(files: PackFiles, decision: str, file: str, sha256: str) -> str:
    """pack.yaml with a decision's pin: the old digest replaced, or a line after the strategy. All else stays.

    Raises:
        SourceError: pack.yaml has problems.
        NotFound: there is no such decision.
    """
    source, manifest = read_manifest(files)
    index = _index(manifest, decision)
    proposer = ("decisions", index, "proposer")
    if manifest.decisions[index].proposer.model is not None:
        old = source.spans[*proposer, "model", "sha256"]
        return f'{source.text[: old.start]}"{sha256}"{source.text[old.end :]}'
    strategy = source.spans[*proposer, "strategy"]
    _, column = source.place((*proposer, "strategy"), key=True)
    pin = f'{" " * (column - 1)}model: {{file: {file}, sha256: "{sha256}"}}'
    before, line_end, after = source.text[strategy.end :].partition("\n")
    return source.text[: strategy.end] + before + (line_end or "\n") + pin + "\n" + after


def with_model(
    files: PackFiles,
    decision: str,
    sha256: str,
    onnx: bytes,
    card: bytes,
    beside: Mapping[str, bytes] | None = None,
) -> PackFiles:
    """The files with another model, and its card, in place of the one that a decision pins.

    Args:
        onnx: the model's bytes, or those of a prompt version.
        beside: what it stands on, by name.

    Raises:
        SourceError: pack.yaml has problems.
        NotFound: there is no such decision, or it pins no model.
    """
    manifest = read_manifest(files)[1]
    own = manifest.decisions[_index(manifest, decision)].proposer.model
    if own is None:
        raise NotFound(f"`{decision}` pins no model", mend="train one first: `remit learn train`")
    text = pinned(files, decision, own.file, sha256).encode()
    contents = {**files.contents, **(beside or {}), own.file: onnx, card_name(own.file): card, "pack.yaml": text}
    return replace(files, contents=contents)


def _index(manifest: PackModel, decision: str) -> int:
    names = [each.name for each in manifest.decisions]
    if decision not in names:
        raise NotFound(f"there is no decision `{decision}` any more")
    return names.index(decision)
