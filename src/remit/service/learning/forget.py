"""Erasure reaches snapshots: the rows of those who were erased go, and what is left is another snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from remit.core.words import Actor
from remit.learning.ports import SnapshotFiles
from remit.learning.snapshot import MadeSnapshot, quality
from remit.service.services import Services

REMIT = Actor("remit", "system")
_DRAFTS_LAST = timedelta(days=1)


def forget_erased(services: Services) -> list[str]:
    """Retire every snapshot that holds a decision whose case was erased. Gives the SHA-256 of each.

    What a crash cut off is finished by the next call; so is what another machine retired and this one still has.
    """
    files = services.snapshot_files
    if files is None:
        return []
    files.tidy(services.clock.now() - _DRAFTS_LAST)
    with services.store.read() as unit:
        made = {each.sha256: each for each in unit.snapshots.all()}
    retired: list[str] = []
    for sha256 in files.present():
        if sha256 in made and made[sha256].retired_at is None:
            if not (erased := _erased(services, files, sha256)):
                continue
            _rewrite(services, files, made[sha256], erased)
            retired.append(sha256)
        files.drop(sha256)
    return retired


def _erased(services: Services, files: SnapshotFiles, sha256: str) -> set[str]:
    found: set[str] = set()
    for rows in files.rows(sha256, ["decision_id"]):
        with services.store.read() as unit:
            found |= unit.decisions.erased([row["decision_id"] for row in rows])
    return found


def _rewrite(services: Services, files: SnapshotFiles, old: MadeSnapshot, erased: set[str]) -> None:
    now = services.clock.now()
    with files.without(old.sha256, erased) as built:
        left = built.counts.get("rows", 0) > 0
        counts = dict(sorted(built.counts.items()))
        manifest = {**old.manifest, "counts": counts, "quality": quality(counts), "rewritten_from": old.sha256}
        rest = replace(old, sha256=built.sha256, made_at=now, manifest=manifest)
        with services.store.write() as unit:
            if left and unit.snapshots.find(rest.sha256) is None:
                unit.snapshots.add(rest)
            unit.snapshots.retire(old.sha256, now, rest.sha256 if left else None)
            body = {"sha256": old.sha256, "rows": len(erased), "why": "erasure"}
            more = {"replaced_by": rest.sha256} if left else {}
            unit.journal.append("snapshot.retired", actor=REMIT, step="learn", body={**body, **more})
        if left:
            files.keep(built)
