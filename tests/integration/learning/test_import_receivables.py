"""An export in the shape that accounts receivable are often published in becomes cases that the pack admits."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.core.errors import InputError
from remit.packs.admit import admit
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.service.import_receivables import import_receivables
from remit.service.tables import CaseFile

PACK = Path(__file__).parents[3] / "examples" / "packs" / "receivables"
EXPORT = """\
countryCode,customerID,InvoiceNo,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,DaysToSettle,DaysLate
391,AA-1,1,1/2/2026,2/1/2026,"1,055.94",No,1/15/2026,13,0
391,AA-1,2,1/26/2026,2/25/2026,61.74,Yes,3/3/2026,36,6
770,BB-2,3,2/3/2026,3/5/2026,65.88,No,5/26/2026,112,82
770,BB-2,4,5/1/2026,5/31/2026,105.92,No,,,
"""
GIVEN = {"names": (), "look_days": 1, "as_of": None, "month_first": True, "decimal": None}


def test_an_export_becomes_cases_and_outcomes(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT)
    done = import_receivables("receivables", tmp_path / "export.csv", tmp_path / "cases.csv", **GIVEN)  # type: ignore[arg-type]
    assert done == {
        "cases": 2,
        "outcomes": 2,
        "with_forecast": 0,
        "paid_before": 1,
        "too_early": 1,
        "as_of": "2026-05-26",
    }
    (decision,) = load_pack(read_folder(PACK)).decisions.values()
    cases = CaseFile(tmp_path / "cases.csv", decision.contract.record)
    assert [admit(decision, raw).quality for _, raw in cases.cases()] == ["ok", "ok"]
    assert list(cases.outcomes("lateness")) == ["within_7", "over_60"]


def test_nothing_is_written_when_a_cell_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT.replace("61.74", "6I.74"))
    with pytest.raises(InputError, match=r"row 3, column `InvoiceAmount`: `6I\.74`"):
        import_receivables("receivables", tmp_path / "export.csv", tmp_path / "cases.csv", **GIVEN)  # type: ignore[arg-type]
    assert not (tmp_path / "cases.csv").exists()


def test_other_packs_take_no_such_export(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="`credit` takes no such export"):
        import_receivables("credit", tmp_path / "export.csv", tmp_path / "cases.csv", **GIVEN)  # type: ignore[arg-type]
