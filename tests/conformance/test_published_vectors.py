"""The ledger against vectors that others published. Each suite reads a folder that an environment variable names.

REMIT_RFC6962_VECTORS: ``testdata`` of github.com/transparency-dev/merkle (folders ``inclusion`` and ``consistency``).
REMIT_JCS_VECTORS: ``testdata`` of github.com/cyberphone/json-canonicalization (folders ``input`` and ``output``).
REMIT_WYCHEPROOF: ``testvectors_v1`` of github.com/C2SP/wycheproof (the file ``ed25519_test.json``).

Small known answers of the same origin are in the unit tests of the ledger, and always run.
"""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from remit.core.canonical import NotCanonical, canonical_bytes
from remit.ledger import verifier
from remit.ledger.merkle import verify_consistency, verify_inclusion
from remit.ledger.verifier import DASH, Tampered, Unusable, VerifierKey


def folder(variable: str) -> Path:
    """The folder that the variable names; without it the suite is skipped."""
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} names no folder")
    return Path(found)


def cases(where: Path) -> list[tuple[Path, dict[str, Any]]]:
    found = [(path, json.loads(path.read_text("utf-8"))) for path in sorted(where.rglob("*.json"))]
    assert found, f"there is nothing in {where}"
    return found


def hashes(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text) for text in texts or []]


def test_inclusion_proofs_of_rfc_6962_hold_or_not_as_published() -> None:
    wrong = []
    for path, case in cases(folder("REMIT_RFC6962_VECTORS") / "inclusion"):
        [root, leaf] = hashes([case["root"] or "", case["leafHash"] or ""])
        holds = verify_inclusion(leaf, case["leafIdx"], case["treeSize"], hashes(case["proof"]), root)
        if holds is case["wantErr"]:
            wrong.append(str(path))
    assert wrong == []


def test_consistency_proofs_of_rfc_6962_hold_or_not_as_published() -> None:
    wrong = []
    for path, case in cases(folder("REMIT_RFC6962_VECTORS") / "consistency"):
        [old, new] = hashes([case["root1"] or "", case["root2"] or ""])
        holds = verify_consistency(case["size1"], old, case["size2"], new, hashes(case["proof"]))
        if holds is case["wantErr"]:
            wrong.append(str(path))
    assert wrong == []


def test_canonical_json_is_spelt_as_published_or_refused() -> None:
    """The profile refuses floats and keys that are not ASCII; what it takes, it spells as RFC 8785 does."""
    where, outcomes = folder("REMIT_JCS_VECTORS"), Counter[str]()
    for path, value in cases(where / "input"):
        try:
            spelt = canonical_bytes(value)
        except NotCanonical:
            outcomes["refused"] += 1
            continue
        assert spelt == (where / "output" / path.name).read_bytes().rstrip(b"\n"), path.name
        outcomes["spelt"] += 1
    assert outcomes["spelt"] >= 2, outcomes


def test_ed25519_signatures_of_wycheproof_hold_or_not_as_published() -> None:
    groups = json.loads((folder("REMIT_WYCHEPROOF") / "ed25519_test.json").read_text("utf-8"))["testGroups"]
    wrong, seen = [], 0
    for group in groups:
        public = bytes.fromhex((group.get("publicKey") or group["key"])["pk"])
        for case in group["tests"]:
            seen += 1
            holds = signature_holds(public, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            # What is called acceptable may hold or not.
            if case["result"] in ("valid", "invalid") and holds is not (case["result"] == "valid"):
                wrong.append((case["tcId"], case["comment"]))
    assert (wrong, seen >= 100) == ([], True)


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a note would be taken for signed. Only the signature is looked at: the message is not a checkpoint's."""
    key = VerifierKey("remit/test", public)
    line = f"{DASH} {key.name} {base64.b64encode(key.key_id + signature).decode()}\n"
    try:
        verifier._verify_signature(message, line, [VerifierKey.parse(key.text)])
    except (Tampered, Unusable):
        return False
    return True
