"""No library tells anybody of what Remit does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("first", "left"), [("import remit", False), ("import os", True)], ids=["remit", "without"])
def test_onnxruntime_keeps_no_account_of_its_use(first: str, left: bool, tmp_path: Path) -> None:
    """The second case shows that there is something to keep from happening; without it the first could not fail."""
    # Nothing else of our environment: onnxruntime is also silent where it finds itself in a CI by its variables.
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", f"{first}; import onnxruntime"], env=environment, check=True)
    assert any(path.is_file() for path in tmp_path.rglob("*")) == left
