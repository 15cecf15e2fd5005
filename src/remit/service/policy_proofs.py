"""Prove a policy contract where it lies, and tell what a change of it does to its verdicts."""

from __future__ import annotations

from pathlib import Path

from remit.core.errors import InputError, NotFound
from remit.core.source import read_yaml
from remit.packs.files import PackFiles, read_folder
from remit.packs.load import load_policy
from remit.packs.manifest import read_manifest
from remit.policies.diff import DiffReport, diff
from remit.policies.evaluate import CompiledContract
from remit.policies.prove import ProofReport, prove


def prove_policy(file: Path, seconds: float, *, overlaps: bool = True) -> ProofReport:
    """The proof of a contract with the types of the pack that it lies in, within so many seconds.

    Raises:
        NotFound: there is no such file, or no pack around it.
        SourceError: the contract, or what its types come from, has problems.
    """
    return prove(_load(file, read_folder(_existing(file).parent)), seconds, overlaps=overlaps)


def diff_policies(old: Path, new: Path, seconds: float) -> DiffReport:
    """Where the verdicts of two contracts differ, both with the types of the pack that one of them lies in.

    Raises:
        NotFound: there is no such file, or no pack around either.
        SourceError: one of them does not load with these types, so the two cannot be compared.
    """
    homes = [_existing(file).parent for file in (new, old)]
    files = read_folder(next((home for home in homes if (home / "pack.yaml").is_file()), homes[0]))
    return diff(_load(old, files), _load(new, files), seconds)


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise NotFound(f"there is no policy contract {file}", mend="give the path of a policy.yaml")
    return file


def _load(file: Path, files: PackFiles) -> CompiledContract:
    """The contract in place of the one that governs the same decision of a pack; its rule files may lie beside it."""
    text = _text(file)
    source = read_yaml(text, str(file))
    data = source.data if isinstance(source.data, dict) else {}
    _, model = read_manifest(files)
    governed = [each.policy for each in model.decisions if each.name == data.get("decision")] or [file.name]
    texts, labels = {governed[0]: text}, {governed[0]: str(file)}
    for name in data.get("imports") or ():
        if isinstance(name, str) and file.parent != files.folder and (beside := file.parent / name).is_file():
            texts[name], labels[name] = _text(beside), str(beside)
    return load_policy(files.replaced(texts, labels), governed[0])


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text", mend="save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}", mend="check the file's permissions") from error
