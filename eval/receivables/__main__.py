"""`python -m remit.eval.receivables`: write generated invoices, and print the forecast that was fitted to them."""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

from remit.eval.receivables.forecast import covered, fit
from remit.eval.receivables.invoices import generate, lateness

SEED, ROWS = 20261126, 1200


def main(words: list[str] | None = None) -> None:
    """Write ``history.csv`` of the pack, or another sample of the same mechanism."""
    parser = argparse.ArgumentParser(prog="python -m remit.eval.receivables", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=SEED)
    said = parser.parse_args(words)
    rows = list(generate(said.rows, said.seed))
    with said.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*rows[0][0], "outcome.lateness"])
        for case, late in rows:
            values = (str(each).lower() if isinstance(each, bool) else each for each in case.values())
            writer.writerow([*values, lateness(late)])
    cases, days = [case for case, _ in rows], [late for _, late in rows]
    model = fit(cases, days)
    later = list(generate(said.rows, said.seed + 1))
    found = covered(model, [case for case, _ in later], [late for _, late in later])
    sys.stdout.write(f"{len(rows)} generated invoices; 80 % interval covers {found:.1%} of another seed\n")
    for name, cel in model.cel().items():
        sys.stdout.write(f"{name}: {cel}\n")


if __name__ == "__main__":
    main()
