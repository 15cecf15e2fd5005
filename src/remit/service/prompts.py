"""Prompt versions among a pack's files: in the place of the trained model that they stand on, which lies beside."""

from __future__ import annotations

from collections.abc import Mapping

from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted
from remit.learning.prompt import PromptVersion, is_prompt, read_prompt
from remit.packs.files import PackFiles
from remit.packs.pack import Decision, base_file, card_name


def pinned_prompt(files: PackFiles, decision: Decision) -> PromptVersion | None:
    """The prompt version that proposes for a decision; None where a trained model or the rules do. Raises Corrupted."""
    if decision.model is None or not is_prompt(files.contents[decision.model.file]):
        return None
    data = files.contents[decision.model.file]
    if sha256_hex(data) != decision.model.sha256:
        raise Corrupted("the prompt version is not the one that the pack pins", mend="restore a backup")
    return read_prompt(data)


def base_of(files: PackFiles, decision: Decision) -> tuple[str, bytes, bytes]:
    """The trained model of a decision that pins one, its bytes and its card; of a prompt version what it stands on."""
    assert decision.model is not None
    prompt = pinned_prompt(files, decision)
    if prompt is None:
        file, sha256 = decision.model.file, decision.model.sha256
    else:
        file, sha256 = base_file(prompt.base), prompt.base
    return sha256, files.contents[file], files.contents[card_name(file)]


def base_files(sha256: str, onnx: bytes, card: bytes) -> Mapping[str, bytes]:
    """The files that a prompt version needs beside it."""
    return {base_file(sha256): onnx, card_name(base_file(sha256)): card}
