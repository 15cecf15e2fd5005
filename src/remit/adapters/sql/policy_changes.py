"""Governed policy changes in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from remit.adapters.sql.json_text import from_text, to_text
from remit.adapters.sql.listing import parts_of
from remit.adapters.sql.tables.policy_changes import (
    PolicyAttachmentRow,
    PolicyChangeRow,
    PolicyInForceRow,
    PolicyShadowRow,
    PolicyTextRow,
)
from remit.approvals.policy_change import InForce, PolicyChange
from remit.core.errors import Conflict, NotFound
from remit.core.words import PolicyRef

TEXT: Table = PolicyTextRow.__table__  # type: ignore[attr-defined]
CHANGE: Table = PolicyChangeRow.__table__  # type: ignore[attr-defined]
ATTACHMENT: Table = PolicyAttachmentRow.__table__  # type: ignore[attr-defined]
IN_FORCE: Table = PolicyInForceRow.__table__  # type: ignore[attr-defined]
SHADOW: Table = PolicyShadowRow.__table__  # type: ignore[attr-defined]
# Asked for every decision; built once, for building a statement costs more than running it.
_IN_FORCE = select(IN_FORCE).order_by(IN_FORCE.c.pack, IN_FORCE.c.decision)
_SHADOWING = select(CHANGE).where(CHANGE.c.state == "shadowing").order_by(CHANGE.c.id)
_MOMENTS = ("proposed_at", "reviewed_at", "activated_at", "ended_at")
_PLAIN = (
    *("id", "pack", "pack_sha256", "decision", "version", "state", "reason"),
    *("proposed_by", "reviewed_by", "activated_by", "replaced", "ended_by"),
)


class SqlPolicyChanges:
    """`remit.approvals.ports.PolicyChanges` over one connection, inside the caller's transaction."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._writing = writing

    def keep_text(self, sha256: str, file: str, texts: Mapping[str, str]) -> None:
        row = {"sha256": sha256, "file": file, "texts": to_text(dict(texts))}
        self._connection.execute(upsert(TEXT).on_conflict_do_nothing(), row)

    def text(self, sha256: str) -> tuple[str, dict[str, str]]:
        row = self._connection.execute(select(TEXT).where(TEXT.c.sha256 == sha256)).one_or_none()
        if row is None:
            raise NotFound(f"the policy contract {sha256[:12]} is not stored here", mend="restore a backup")
        return row.file, from_text(row.texts)

    def add(self, change: PolicyChange, attachments: Mapping[str, str]) -> None:
        self._connection.execute(insert(CHANGE), _columns(change))
        for name, body in attachments.items():
            self._connection.execute(insert(ATTACHMENT), {"change_id": change.id, "name": name, "body": body})

    def get(self, change_id: str) -> PolicyChange:
        query = select(CHANGE).where(CHANGE.c.id == change_id)
        row = self._connection.execute(query.with_for_update() if self._writing else query).one_or_none()
        if row is None:
            raise NotFound(f"there is no policy change {change_id}", mend="`remit policy versions PACK` lists them")
        return _change(row)

    def of_pack(self, pack: str) -> list[PolicyChange]:
        rows = self._connection.execute(select(CHANGE).where(CHANGE.c.pack == pack).order_by(CHANGE.c.id))
        return [_change(row) for row in rows]

    def save(self, change: PolicyChange) -> None:
        before = update(CHANGE).where(CHANGE.c.id == change.id, CHANGE.c.version == change.version - 1)
        if self._connection.execute(before.values(_columns(change))).rowcount != 1:
            raise Conflict(f"somebody else moved policy change {change.id} first", mend="look again")

    def attachments(self, change_id: str) -> dict[str, str]:
        rows = self._connection.execute(select(ATTACHMENT).where(ATTACHMENT.c.change_id == change_id))
        return {row.name: row.body for row in rows}

    def in_force(self) -> list[InForce]:
        return [
            InForce(
                row.pack,
                row.decision,
                row.version,
                _ref(row.policy),
                row.change,
                row.by,
                datetime.fromisoformat(row.since),
            )
            for row in self._connection.execute(_IN_FORCE)
        ]

    def point(self, pointer: InForce) -> None:
        row = {
            "pack": pointer.pack,
            "decision": pointer.decision,
            "version": pointer.version,
            "policy": to_text(pointer.policy.to_json()),
            "sha256": pointer.policy.sha256,
            "change": pointer.change,
            "by": pointer.by,
            "since": pointer.since.isoformat(),
        }
        if not self._pointed(row):
            raise Conflict(
                f"somebody else put another policy of `{pointer.decision}` in force first", mend="look again"
            )

    def shadowing(self) -> list[PolicyChange]:
        return [_change(row) for row in self._connection.execute(_SHADOWING)]

    def compared(
        self, change_id: str, decision_id: str, then: Mapping[str, Any], now: Mapping[str, Any], differs: bool
    ) -> None:
        words = {"differs": differs, "then": to_text(dict(then)), "now": to_text(dict(now))}
        row = update(SHADOW).where(SHADOW.c.change_id == change_id, SHADOW.c.decision_id == decision_id)
        # A case that is judged anew is compared anew: the last comparison counts.
        if self._connection.execute(row.values(words)).rowcount == 0:
            self._connection.execute(insert(SHADOW), {"change_id": change_id, "decision_id": decision_id, **words})

    def comparisons(self, change_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        of = (SHADOW.c.change_id, SHADOW.c.differs)
        found = dict.fromkeys(change_ids, (0, 0))
        for part in parts_of(change_ids):
            query = select(*of, func.count()).where(SHADOW.c.change_id.in_(part)).group_by(*of)
            for change_id, differs, count in self._connection.execute(query):
                compared, differing = found[change_id]
                found[change_id] = (compared + count, differing + (count if differs else 0))
        return found

    def _pointed(self, row: Mapping[str, Any]) -> bool:
        if row["version"] == 1:
            try:
                self._connection.execute(insert(IN_FORCE), row)
            except IntegrityError:
                return False
            return True
        before = update(IN_FORCE).where(
            IN_FORCE.c.pack == row["pack"],
            IN_FORCE.c.decision == row["decision"],
            IN_FORCE.c.version == row["version"] - 1,
        )
        return self._connection.execute(before.values(row)).rowcount == 1


def _columns(change: PolicyChange) -> dict[str, Any]:
    moments = {name: getattr(change, name) for name in _MOMENTS}
    return {
        **{name: getattr(change, name) for name in _PLAIN},
        **{name: moment and moment.isoformat() for name, moment in moments.items()},
        "policy": to_text(change.policy.to_json()),
        "base": to_text(change.base.to_json()),
        "attachments": to_text(dict(change.attachments)),
    }


def _change(row: Row[Any]) -> PolicyChange:
    columns = row._mapping
    facts: dict[str, Any] = {name: columns[name] for name in _PLAIN}
    for name in _MOMENTS:
        facts[name] = columns[name] and datetime.fromisoformat(columns[name])
    return PolicyChange(**facts, policy=_ref(row.policy), base=_ref(row.base), attachments=from_text(row.attachments))


def _ref(text: str) -> PolicyRef:
    return PolicyRef(**from_text(text))
