"""Snapshots in a folder: ``SHA256.parquet``, readable by nobody else, replaced whole or not at all.

What is on disk is checked against its name before it is learnt from. The point-in-time join is DuckDB's ASOF join: of a
decision's reports it takes the newest that had arrived by the moment. It runs beside a folder to spill to, so a million
decisions need no more memory than `MEMORY`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from remit.adapters.snapshots import columns
from remit.core.canonical import canonical_bytes
from remit.core.errors import Corrupted, NotFound, SystemFailed
from remit.learning.snapshot import BuiltSnapshot, Naming, Part, Shape, labelled

ROWS = 4_096
"""So many rows are in memory at a time."""

MEMORY = "512MB"
_SHAPE = b"remit.shape"
_JOIN = """
SELECT d.* EXCLUDE as_of, o.* EXCLUDE of
FROM (SELECT *, $as_of::TIMESTAMPTZ AS as_of FROM read_parquet($decided)) AS d
ASOF LEFT JOIN read_parquet($arrived) AS o ON d.decision_id = o.of AND d.as_of >= o.arrived_at
ORDER BY d.decision_id
"""


class SnapshotFolder:
    """`remit.learning.ports.SnapshotFiles` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextlib.contextmanager
    def build(
        self, shape: Shape, parts: Iterable[Part], as_of: datetime, horizon: timedelta
    ) -> Iterator[BuiltSnapshot]:
        with self._draft() as draft:
            _stage(draft, shape, parts)
            joined = (labelled(columns.filled(row), as_of, horizon) for row in _joined(draft, as_of))
            yield _written(draft / "snapshot", shape, joined)

    @contextlib.contextmanager
    def without(self, sha256: str, decision_ids: Collection[str]) -> Iterator[BuiltSnapshot]:
        rest = (row for rows in self.rows(sha256) for row in rows if row["decision_id"] not in decision_ids)
        with self._draft() as draft:
            yield _written(draft / "snapshot", self._shape(sha256), rest)

    def keep(self, built: BuiltSnapshot) -> None:
        os.replace(built.place, self._path(built.sha256))

    def rows(self, sha256: str, only: Sequence[str] | None = None) -> Iterator[list[dict[str, Any]]]:
        file = self._open(sha256)
        for batch in file.iter_batches(ROWS, columns=None if only is None else list(only)):
            found = batch.to_pylist()
            yield found if only is not None else [columns.filled(row) for row in found]

    def verify(self, sha256: str) -> None:
        naming = Naming(self._shape(sha256))
        for rows in self.rows(sha256):
            for row in rows:
                naming.add(row)
        if naming.sha256 != sha256:
            raise Corrupted(f"the snapshot {sha256[:12]} is not what was made", mend="make it anew, or restore it")

    def present(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.parquet"))

    def drop(self, sha256: str) -> None:
        self._path(sha256).unlink(missing_ok=True)

    def tidy(self, before: datetime) -> None:
        for draft in self._folder.glob(".draft-*"):
            if datetime.fromtimestamp(draft.stat().st_mtime, UTC) < before:
                shutil.rmtree(draft, ignore_errors=True)

    def _open(self, sha256: str) -> Any:
        import pyarrow
        import pyarrow.parquet

        try:
            return pyarrow.parquet.ParquetFile(self._path(sha256))
        except FileNotFoundError:
            raise NotFound(
                f"the rows of snapshot {sha256[:12]} are not in this data folder",
                mend="make it anew with `remit learn snapshot`",
            ) from None
        except (pyarrow.ArrowException, OSError) as error:
            raise Corrupted(f"the snapshot {sha256[:12]} cannot be read: {error}", mend="make it anew") from error

    def _shape(self, sha256: str) -> Shape:
        import orjson

        return Shape.from_json(orjson.loads((self._open(sha256).schema_arrow.metadata or {})[_SHAPE]))

    def _path(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.parquet"

    @contextlib.contextmanager
    def _draft(self) -> Iterator[Path]:
        """A folder of one's own beside the files, gone at the end. Raises SystemFailed."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self._folder))
        except OSError as error:
            raise SystemFailed(f"cannot write into {self._folder}: {error.strerror}", mend="mend the folder") from error
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _stage(draft: Path, shape: Shape, parts: Iterable[Part]) -> None:
    """Both sides of the join as files."""
    sides = columns.decided(shape), columns.arrived(shape)
    with _writer(draft / "decided", sides[0]) as decided, _writer(draft / "arrived", sides[1]) as arrived:
        for part in parts:
            _put(decided, sides[0], [dict(row) for row in part.rows])
            _put(
                arrived,
                sides[1],
                [
                    {
                        "of": each.decision_id,
                        "outcome": each.value,
                        "outcome_at": each.event_at,
                        "arrived_at": each.arrived_at,
                        "rewards": dict(each.rewards),
                    }
                    for each in part.arrivals
                ],
            )


def _joined(draft: Path, as_of: datetime) -> Iterator[dict[str, Any]]:
    import duckdb

    # Nothing is loaded from elsewhere, whatever a query asks for.
    settings: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": str(draft / "spill"),
        "memory_limit": MEMORY,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with duckdb.connect(":memory:", config=settings) as database:
        database.execute("SET TimeZone = 'UTC'")
        given = {"as_of": as_of, "decided": str(draft / "decided"), "arrived": str(draft / "arrived")}
        for batch in database.sql(_JOIN, params=given).to_arrow_reader(ROWS):
            yield from batch.to_pylist()


def _written(path: Path, shape: Shape, rows: Iterable[dict[str, Any]]) -> BuiltSnapshot:
    """The rows in a file of one's own, named as they go by."""
    naming = Naming(shape)
    schema = columns.finished(shape, {_SHAPE: canonical_bytes(shape.to_json())})
    with _writer(path, schema) as file:
        some: list[dict[str, Any]] = []
        for row in rows:
            utc = {name: each.astimezone(UTC) if isinstance(each, datetime) else each for name, each in row.items()}
            naming.add(utc)
            some.append(utc)
            if len(some) == ROWS:
                _put(file, schema, some)
                some = []
        _put(file, schema, some)
    return BuiltSnapshot(path, naming.sha256, naming.counts)


@contextlib.contextmanager
def _writer(path: Path, schema: Any) -> Iterator[Any]:
    import pyarrow.parquet

    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        with pyarrow.parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            yield writer
        file.flush()
        os.fsync(file.fileno())


def _put(file: Any, schema: Any, rows: list[dict[str, Any]]) -> None:
    import pyarrow

    if rows:
        file.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
