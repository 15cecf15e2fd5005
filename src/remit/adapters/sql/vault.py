"""Subjects' keys in SQL, and sealing with them: what a row says of a person is unreadable without that person's row.

Reading never trusts memory: the wrapped key is read together with what it opens. Only for writing to a decision that is
under way its seal is remembered, since nobody's key is deleted before all of their decisions are final.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert

from remit.adapters.sql.listing import parts_of
from remit.adapters.sql.ports import SqlDatabase
from remit.adapters.sql.tables.decisions import DecisionRow
from remit.adapters.sql.tables.subjects import ErasedSubjectRow, SubjectRow
from remit.adapters.subject_keys import SubjectKeyFile
from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted
from remit.core.ports import Clock, Ids, Random
from remit.ledger.sealing import KEY_BYTES, UNSEALABLE, KeyRing, Seal

SUBJECT: Table = SubjectRow.__table__  # type: ignore[attr-defined]
ERASED: Table = ErasedSubjectRow.__table__  # type: ignore[attr-defined]
DECISION: Table = DecisionRow.__table__  # type: ignore[attr-defined]
_REMEMBERED_MAX = 1024

# Built once: building a statement anew costs more than running it. Where rows can be locked, the key of a subject of
# whom something is being written stays until that is committed.
_FIND = (
    select(SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .where(SUBJECT.c.ref == bindparam("of"))
    .with_for_update(read=True, key_share=True)
)
_INSERT = upsert(SUBJECT).on_conflict_do_nothing()
_OF_DECISION = (
    select(SUBJECT.c.ref, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .join(DECISION, DECISION.c.subject == SUBJECT.c.ref)
    .where(DECISION.c.id == bindparam("of"))
)
_OF_DECISIONS = (
    select(DECISION.c.id, SUBJECT.c.ref, SUBJECT.c.wrapped, SUBJECT.c.wrapped_by)
    .join(DECISION, DECISION.c.subject == SUBJECT.c.ref)
    .where(DECISION.c.id.in_(bindparam("these", expanding=True)))
)
# An erasure writes the decision's row before it looks for what else tells of its subject.
_OF_LASTING = _OF_DECISION.with_for_update(read=True, of=DECISION)


class Vault:
    """The key file and what was unwrapped with it. Make one per database and process."""

    def __init__(self, keys: SubjectKeyFile, clock: Clock, ids: Ids, chance: Random) -> None:
        self.keys = keys
        self.clock = clock
        self.ids = ids
        self.chance = chance
        self._remembered: dict[str, Seal] = {}
        self._unwrapped: dict[str, Seal] = {}

    def sealer(self, connection: Connection) -> Sealer:
        """What seals and opens inside of a transaction."""
        return Sealer(self, connection)

    def ring(self) -> KeyRing:
        """The keys of the key file. Raises SystemFailed, Corrupted."""
        return self.keys.ring()

    def unwrapped(self, by: str, wrapped: str, ref: str) -> Seal:
        """A subject's seal. Raises Corrupted."""
        seal = self._unwrapped.get(wrapped)
        if seal is None:
            seal = self.keys.ring().unwrap(by, wrapped, ref)
            _put(self._unwrapped, wrapped, seal)
        return seal

    def remembered(self, name: str) -> Seal | None:
        return self._remembered.get(name)

    def remember(self, name: str, seal: Seal) -> None:
        """The seal of a decision under way, or of its effect."""
        _put(self._remembered, name, seal)


def _put(seals: dict[str, Seal], name: str, seal: Seal) -> None:
    if len(seals) >= _REMEMBERED_MAX:
        seals.clear()
    seals[name] = seal


def erasure_mark(ref: str) -> str:
    """By what an erased subject is recognised. Their reference is keyed, so nobody finds them without the key file."""
    return sha256_hex(f"erased\n{ref}".encode())


class Sealer:
    """Seals and opens inside of one transaction."""

    def __init__(self, vault: Vault, connection: Connection) -> None:
        self._vault = vault
        self._connection = connection

    def subject_ref(self, subject: str) -> str:
        """By what a subject is found."""
        return self._vault.ring().reference("subject", subject)

    def request_ref(self, key: str) -> str:
        """By what a request key is found."""
        return self._vault.ring().reference("request", key)

    def begin(self, decision_id: str, subject: str) -> str:
        """Make ready to seal what is known of a decision. Gives the reference of its subject, whose key may be made."""
        ref = self.subject_ref(subject)
        self._vault.remember(decision_id, self._known(ref))
        return ref

    def know(self, subject: str) -> str:
        """The reference of a subject, whose key may be made."""
        ref = self.subject_ref(subject)
        self._known(ref)
        return ref

    def known(self, subject: str) -> tuple[str, Seal]:
        """The reference and the seal of a subject, whose key may be made."""
        ref = self.subject_ref(subject)
        return ref, self._known(ref)

    def close(self, decision_id: str, place: str, text: str) -> str:
        """The text, sealed for its place under the key of the decision's subject."""
        return self.seal_of(decision_id).close(text, place, self._vault.chance)

    def open(self, decision_id: str, place: str, text: str) -> str:
        """What was sealed for its place under the key of the decision's subject. Raises Corrupted."""
        return self.seal_of(decision_id).open(text, place)

    def close_with(self, seal: Seal, place: str, text: str) -> str:
        """The text, sealed for its place under a seal that is at hand."""
        return seal.close(text, place, self._vault.chance)

    def seal_of(self, decision_id: str) -> Seal:
        """The seal of the decision's subject. Raises Corrupted: there is none."""
        seal = self._vault.remembered(decision_id)
        if seal is None:
            row = self._connection.execute(_OF_DECISION, {"of": decision_id}).one_or_none()
            if row is None:
                raise _gone(decision_id)
            seal = self._vault.unwrapped(row.wrapped_by, row.wrapped, row.ref)
            self._vault.remember(decision_id, seal)
        return seal

    def seals_of(self, decision_ids: Sequence[str]) -> dict[str, Seal]:
        """The seals of the subjects of many decisions, by their ids. Raises Corrupted: there is one without."""
        found: dict[str, Seal] = {}
        for part in parts_of(list(dict.fromkeys(decision_ids))):
            for row in self._connection.execute(_OF_DECISIONS, {"these": part}):
                found[row.id] = self._vault.unwrapped(row.wrapped_by, row.wrapped, row.ref)
        for each in decision_ids:
            if each not in found:
                raise _gone(each)
        return found

    def lasting_seal_of(self, decision_id: str, *, adding: bool) -> Seal | None:
        """The seal for what stands beside a decision that may be final, None once its case was erased.

        Whoever is `adding` something keeps the case from being erased before the unit of work ends; whatever erases it
        then finds what was added.
        """
        statement = _OF_LASTING if adding else _OF_DECISION
        row = self._connection.execute(statement, {"of": decision_id}).one_or_none()
        return None if row is None else self._vault.unwrapped(row.wrapped_by, row.wrapped, row.ref)

    def unwrapped(self, by: str, wrapped: str, ref: str) -> Seal:
        """A subject's seal, from its row."""
        return self._vault.unwrapped(by, wrapped, ref)

    def alias(self, name: str, decision_id: str) -> None:
        """Find the decision's seal under another name, too."""
        self._vault.remember(name, self.seal_of(decision_id))

    def aliased(self, name: str) -> Seal | None:
        return self._vault.remembered(name)

    def _known(self, ref: str) -> Seal:
        return self._found(ref) or self._made(ref)

    def _found(self, ref: str) -> Seal | None:
        row = self._connection.execute(_FIND, {"of": ref}).one_or_none()
        return None if row is None else self._vault.unwrapped(row.wrapped_by, row.wrapped, ref)

    def _made(self, ref: str) -> Seal:
        vault = self._vault
        seal = Seal(vault.chance.token(KEY_BYTES))
        by, wrapped = vault.ring().wrap(seal, ref, vault.chance)
        made = self._connection.execute(
            _INSERT,
            {
                "ref": ref,
                "id": vault.ids.new(),
                "wrapped": wrapped,
                "wrapped_by": by,
                "made_at": vault.clock.now().isoformat(),
            },
        )
        # Somebody else may have made the key of this very subject since we looked.
        return seal if made.rowcount == 1 else self._known(ref)


def _gone(decision_id: str) -> Corrupted:
    return Corrupted(
        f"the key of the subject of decision {decision_id} is gone", code=UNSEALABLE, mend="restore a backup"
    )


def open_vault(database: SqlDatabase, folder: Path, clock: Clock, ids: Ids, chance: Random) -> Vault:
    """The vault of a migrated database, with its key file in `folder`: made there for a database without subjects.

    Raises:
        Corrupted: the file is gone, and there is somebody whose key it wrapped.
    """
    keys = SubjectKeyFile(folder, ids, chance)
    if not keys.exists:
        with database.read() as connection:
            somebody = connection.execute(select(SUBJECT.c.ref).limit(1)).first()
        if somebody is not None:
            raise Corrupted(
                f"the key file {folder / 'subjects.key'} is missing: no case can be read without it",
                code=UNSEALABLE,
                mend="restore it from a backup",
            )
        keys.make()
    return Vault(keys, clock, ids, chance)
