"""The guide to policy contracts: its examples, put together, are one contract that loads, and its test passes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from remit.policies.check import report_on
from remit.service.policies import load_contract_file

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_examples_of_the_guide_are_one_contract_that_holds(tmp_path: Path) -> None:
    pack = Path(shutil.copytree(ROOT / "examples" / "packs" / "credit", tmp_path / "credit"))
    contract, *more = BLOCK.findall((ROOT / "docs" / "guides" / "write-a-policy.md").read_text("utf-8"))
    case = json.loads((ROOT / "examples" / "cases" / "credit-small.json").read_text("utf-8"))
    for block in more:
        section, _, items = block.partition("\n")
        # A section that is there grows; the pack has no regions.
        here = items.replace("case.region", "case.purpose")
        contract = (
            contract.replace(f"{section}\n", f"{section}\n{here}")
            if section in contract
            else contract + section + "\n" + here
        )
    (pack / "policy.yaml").write_text(f"{contract}test_case: {json.dumps(case)}\n", "utf-8")
    report = report_on(load_contract_file(pack / "policy.yaml"))
    assert (report.ok, [test.name for test in report.tests]) == (True, ["12,000 is not routine"])
    assert [warning.message for warning in report.warnings] == []
