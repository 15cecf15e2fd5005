"""What is dangerous in itself is not in the code, or is on a short list with its reason."""

from __future__ import annotations

import ast
import functools
import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.architecture.test_floors import PINS
from tests.architecture.test_layers import ROOT, SOURCES

SQL_CALLS = ("execute", "exec_driver_sql", "scalar", "scalars", "text")
SQL_THAT_IS_PUT_TOGETHER = {
    "src/remit/adapters/sql/migrate.py": "a lock's words, which the dialect names",
    "src/remit/adapters/dbos/engine.py": "pragmas, which stand beside it",
    "src/remit/adapters/postgres/database.py": "the names of our own tables",
}
"""Of constants alone. Migrations, too: they run before anybody asks anything."""

CRYPTOGRAPHY = ("cryptography", "argon2", "joserfc", "authlib", "ssl")
INVENTORY = (ROOT / "docs" / "security" / "threats.md").read_text("utf-8")


@functools.cache
def _calls() -> list[tuple[str, str, ast.Call]]:
    """Every call in the code: the file, the words of what is called, and the call."""
    return [
        (str(file.relative_to(ROOT)), ast.unparse(node.func), node)
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


def _is_put_together(text: ast.expr) -> bool:
    formatted = isinstance(text, ast.Call) and ast.unparse(text.func).endswith(".format")
    return isinstance(text, ast.JoinedStr | ast.BinOp) or formatted


def test_no_sql_is_put_together_from_values() -> None:
    found = {
        name
        for name, called, call in _calls()
        if called.rpartition(".")[2] in SQL_CALLS and not called.startswith("self.text")
        if call.args and _is_put_together(call.args[0])
    }
    assert {name for name in found if "/migrations/" not in name} == set(SQL_THAT_IS_PUT_TOGETHER)


def test_no_shell_is_asked() -> None:
    shells = re.compile(r"os\.(system|popen)|subprocess\.get(status)?output|asyncio\.create_subprocess_shell")
    asked = [
        f"{name}:{call.lineno}"
        for name, called, call in _calls()
        if shells.fullmatch(called) or any(each.arg == "shell" for each in call.keywords)
    ]
    assert asked == []


def test_no_broken_hash_is_used() -> None:
    broken = re.compile(r"(hashlib\.)?(md4|md5|sha1)|hashlib\.new|hashes\.(MD5|SHA1)")
    assert [f"{name}:{call.lineno}" for name, called, call in _calls() if broken.fullmatch(called)] == []


def test_every_file_that_uses_cryptography_is_in_the_inventory() -> None:
    uses = re.compile(rf"^\s*(?:import|from) (?:{'|'.join(CRYPTOGRAPHY)})\b", re.MULTILINE)
    files = {str(file.relative_to(ROOT)) for file in SOURCES if uses.search(file.read_text("utf-8"))}
    named = re.search(r"Files that use more than hashes:(.*?)\n\n", INVENTORY, re.DOTALL)
    assert named is not None
    assert set(re.findall(r"`([^`]+)`", named[1])) == files


def test_nothing_is_ciphered_but_by_aes_gcm_and_nothing_signed_but_by_ed25519() -> None:
    imports = re.compile(r"^\s*from cryptography\S* import (.+)$", re.MULTILINE)
    texts = [file.read_text("utf-8") for file in SOURCES]
    assert not any(re.search(r"^\s*import cryptography", text, re.MULTILINE) for text in texts)
    assert {name for text in texts for name in imports.findall(text)} == {
        *("AESGCM", "Ed25519PrivateKey", "Ed25519PublicKey", "InvalidSignature", "InvalidTag"),
    }


def test_every_package_that_is_needed_is_pinned() -> None:
    pinned = {canonicalize_name(name.partition("[")[0]) for name in PINS}
    text = (Path(ROOT) / "pyproject.toml").read_text("utf-8")
    named = re.search(r"^dependencies = \[(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    assert named is not None
    left, seen = [Requirement(each) for each in re.findall(r'"([^"]+)"', named[1])], set[str]()
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        if name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(name)
        try:
            left += map(Requirement, requires(name) or [])
        except PackageNotFoundError:
            continue
    assert seen - pinned == set()
