"""`remit learn vet-synthetic` on files: two seeds of the invoices pass, a copy does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from remit.core.errors import InputError
from remit.eval.receivables.__main__ import main
from remit.service.learning.vet_synthetic import vet_synthetic

LEFT_OUT = ("invoice_id", "customer_id", "country")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("vet")
    for seed in ("1", "2"):
        main(["--seed", seed, "--out", str(folder / f"{seed}.csv")])
    return folder / "1.csv", folder / "2.csv"


def test_two_seeds_of_the_invoices_are_one_world(files: tuple[Path, Path]) -> None:
    report = vet_synthetic(*files, label="outcome.lateness", left_out=LEFT_OUT, holdout=None)
    assert [each["why"] for each in report["questions"] if not each["passes"]] == []
    again = vet_synthetic(*files, label="outcome.lateness", left_out=LEFT_OUT, holdout=None)
    assert report["sha256"] == again["sha256"]


def test_a_copy_is_told(files: tuple[Path, Path]) -> None:
    report = vet_synthetic(files[0], files[0], label=None, left_out=LEFT_OUT, holdout=None)
    assert [each["question"] for each in report["questions"] if not each["passes"]] == ["privacy"]


@pytest.mark.parametrize("row", [1, 2])
def test_a_gap_is_told_with_its_row(tmp_path: Path, row: int) -> None:
    (tmp_path / "gap.csv").write_text("a,b\n1,x\n2,\n" if row == 2 else "a,b\n1,\n2,x\n")
    with pytest.raises(InputError, match=f"row {row}: `b` is empty"):
        vet_synthetic(tmp_path / "gap.csv", tmp_path / "gap.csv", label=None, left_out=(), holdout=None)
