"""Where runs are kept: a folder with SUITE.json and SUITE.html of the last one, and a page with a section for each."""

from __future__ import annotations

from pathlib import Path

import orjson

from remit.core.errors import InputError, SystemFailed
from remit.eval.page import html
from remit.eval.report import Result, with_section


def last_run(folder: Path, suite: str) -> Result | None:
    """The run of that suite that was written into the folder, if one was. Raises InputError when it cannot be read."""
    file = folder / f"{suite}.json"
    try:
        return Result.from_json(orjson.loads(file.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError, InputError) as error:
        raise InputError(f"the last run in {file} cannot be read: {error}", mend="move it away") from error


def write_run(folder: Path, result: Result) -> None:
    """Write a run in place of the last one. Raises SystemFailed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        data = orjson.dumps(result.to_json(), option=orjson.OPT_INDENT_2)
        (folder / f"{result.suite}.json").write_bytes(data + b"\n")
        (folder / f"{result.suite}.html").write_text(html(result), "utf-8")
    except OSError as error:
        raise SystemFailed(f"cannot write into {folder}: {error.strerror}", mend="give another folder") from error


def renew(page: Path, result: Result) -> None:
    """Put a run into its section of a Markdown page; the other suites' sections stay. Raises SystemFailed."""
    try:
        before = page.read_text("utf-8") if page.exists() else ""
        page.write_text(with_section(before, result.suite, result.markdown()), "utf-8")
    except OSError as error:
        raise SystemFailed(f"cannot write {page}: {error.strerror}", mend="give another file") from error
