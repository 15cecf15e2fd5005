"""A change of a policy is itself a governed action: proposed with its reports, reviewed and activated by another.

Every step is one unit of work with its ledger event, which names the contract and each report by SHA-256.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import orjson

from remit.agents.ports import Unit
from remit.approvals.policy_change import (
    InForce,
    PolicyChange,
    activate,
    beside,
    must_be_author,
    reject,
    restore,
    roll_back,
    shadow,
    supersede,
)
from remit.approvals.reasons import checked_reason
from remit.core.canonical import recorded_bytes, sha256_hex
from remit.core.errors import Conflict, Corrupted, InputError, NotFound, Refused, SourceError
from remit.core.problems import did_you_mean
from remit.core.words import Actor, PolicyRef
from remit.packs.files import PackFiles
from remit.packs.load import load_policy
from remit.packs.manifest import DecisionModel, PackModel
from remit.policies.check import CheckReport, report_on
from remit.policies.evaluate import CompiledContract
from remit.service.backtest import backtest_of
from remit.service.candidate import Candidate, read_candidate
from remit.service.in_force import policy_file, texts_of
from remit.service.services import Services


def propose_policy(
    services: Services, pack_ref: str, text: str, label: str, actor: Actor, reason: str
) -> dict[str, Any]:
    """Propose a contract, given as text, in place of the one in force; its reports are made and kept with it.

    Raises:
        NotFound, SourceError: there is no such pack, or the contract does not load.
        Refused: no policy author, a failing test, or nothing that would change.
        InputError: the reason is missing.
    """
    must_be_author(actor)
    reason = checked_reason(reason)
    candidate = read_candidate(services, pack_ref, text, label)
    base = candidate.decision.policy
    _must_be_a_change(candidate.policy.ref, base.ref)
    report = _passing(candidate.policy)
    reports = {name: _canonical(body) for name, body in _reports(services, candidate, report).items()}
    services.keep(candidate.pack)
    change = PolicyChange(
        id=services.ids.new(),
        pack=candidate.pack.name,
        pack_sha256=candidate.pack.sha256,
        decision=candidate.decision.name,
        policy=candidate.policy.ref,
        base=base.ref,
        version=1,
        state="proposed",
        reason=reason,
        proposed_by=actor.id,
        proposed_at=services.clock.now(),
        attachments={name: sha256_hex(body.encode()) for name, body in reports.items()},
    )
    with services.store.write() as unit:
        changes = unit.policy_changes
        changes.keep_text(base.ref.sha256, candidate.file, texts_of(candidate.pack.files, candidate.file, base))
        changes.keep_text(candidate.policy.ref.sha256, candidate.file, candidate.texts)
        changes.add(change, reports)
        unit.journal.append(
            "policy.proposed",
            actor=actor,
            body={**_subject(change), "base": base.ref.to_json(), "reason": reason, "reports": change.attachments},
        )
    return change.to_json()


def review_policy(services: Services, change_id: str) -> dict[str, Any]:
    """A change with everything that its reviewer needs to see: the contract, the one it would replace, the reports.

    Raises:
        NotFound: there is no such change.
        Corrupted: a report is not the one that was attached.
    """
    with services.store.read() as unit:
        change = unit.policy_changes.get(change_id)
        texts = [unit.policy_changes.text(ref.sha256)[1] for ref in (change.policy, change.base)]
        reports = unit.policy_changes.attachments(change_id)
        compared, differing = unit.policy_changes.comparisons([change_id])[change_id]
    for name, sha256 in change.attachments.items():
        if sha256_hex(reports.get(name, "").encode()) != sha256:
            raise Corrupted(f"the report `{name}` of policy change {change_id} is not what was attached")
    return {
        **change.to_json(),
        "texts": texts[0],
        "base_texts": texts[1],
        "reports": {name: orjson.loads(body) for name, body in reports.items()},
        "shadow": {"compared": compared, "differing": differing},
    }


def activate_policy(
    services: Services, change_id: str, actor: Actor, reason: str, *, in_shadow: bool = False
) -> dict[str, Any]:
    """Approve a change and put it in force, or `in_shadow` let it be evaluated beside the contract in force.

    What is under way keeps the contract that it started with; the next decision is judged by the new one.

    Raises:
        NotFound: there is no such change.
        Refused: the proposer, an app, no policy author, or a contract that is not in force today by its own dates.
        Conflict: the change is settled, another contract came into force, or another shadow period is under way.
        SourceError: the contract does not load with the pack as it is now.
        InputError: the reason is missing.
    """
    reason = checked_reason(reason)
    must_be_author(actor)
    with services.store.read() as unit:
        change = unit.policy_changes.get(change_id)
    pack = services.present_pack(change.pack, change.pack_sha256)
    decision = services.decision(pack, change.decision)
    policy = services.policies.loaded(pack.files, change.decision, change.policy.sha256, f"policy change {change_id}")
    _passing(policy)
    _must_touch_nothing_else(services, pack.files, change)
    if not in_shadow:
        _must_be_its_time(services, policy)
    now = services.clock.now()
    with services.store.write() as unit:
        change = unit.policy_changes.get(change_id)
        pointer = _pointer(unit.policy_changes.in_force(), change.pack, change.decision)
        present = pointer.policy if pointer else decision.policy.ref
        if in_shadow:
            other = beside(unit.policy_changes.shadowing(), change.pack, change.decision, present)
            if other is not None:
                raise Conflict(
                    f"policy change {other.id} is in its shadow period", mend="activate or reject that first"
                )
            moved = shadow(change, actor, present, now)
            unit.policy_changes.save(moved)
            _record_review(unit, moved, actor, "shadow", reason)
            return moved.to_json()
        moved, next_pointer = activate(change, actor, present, pointer, now)
        unit.policy_changes.save(moved)
        if moved.replaced is not None:
            unit.policy_changes.save(supersede(unit.policy_changes.get(moved.replaced), actor, now))
        unit.policy_changes.point(next_pointer)
        _record_review(unit, moved, actor, "activate", reason)
        unit.journal.append(
            "policy.activated", actor=actor, body={**_subject(moved), "replaced": present.to_json(), "reason": reason}
        )
    return moved.to_json()


def reject_policy(services: Services, change_id: str, actor: Actor, reason: str) -> dict[str, Any]:
    """Turn a proposed change down, or end its shadow period. Raises NotFound, Conflict, Refused, InputError."""
    reason = checked_reason(reason)
    with services.store.write() as unit:
        moved = reject(unit.policy_changes.get(change_id), actor, services.clock.now())
        unit.policy_changes.save(moved)
        _record_review(unit, moved, actor, "reject", reason)
    return moved.to_json()


def roll_back_policy(
    services: Services, pack_ref: str, actor: Actor, reason: str, *, decision: str | None = None
) -> dict[str, Any]:
    """Take the activated contract of a decision out of force at once: the one before it counts from now on.

    Raises:
        NotFound: there is no such pack or decision.
        Refused: no policy author, or nothing was ever activated that could be rolled back.
        SourceError: the contract before it does not load with the pack as it is now.
        InputError: the reason is missing, or the pack has several decisions and none was named.
    """
    must_be_author(actor)
    reason = checked_reason(reason)
    files = services.library.files(pack_ref)
    manifest = services.policies.manifest(files)
    name = _decision_name(manifest, decision)
    pointer = _pointer(services.policies.pointers(), manifest.metadata.name, name)
    if pointer is None or pointer.change is None:
        raise Refused(
            f"no policy of `{name}` was activated that could be rolled back",
            mend="propose the one that shall be in force",
        )
    with services.store.read() as unit:
        change = unit.policy_changes.get(pointer.change)
    services.policies.loaded(files, name, change.base.sha256, f"version {change.base.version}")
    now = services.clock.now()
    with services.store.write() as unit:
        moved, back = roll_back(unit.policy_changes.get(change.id), actor, pointer, now)
        unit.policy_changes.save(moved)
        if back.change is not None:
            unit.policy_changes.save(restore(unit.policy_changes.get(back.change)))
        unit.policy_changes.point(back)
        unit.journal.append(
            "policy.rolled_back",
            actor=actor,
            body={**_subject(moved), "in_force": back.policy.to_json(), "reason": reason},
        )
    return {**moved.to_json(), "in_force": back.policy.to_json()}


def roll_back_change(services: Services, change_id: str, actor: Actor, reason: str) -> dict[str, Any]:
    """Take this very change out of force. Raises Conflict when another contract is in force; else as above."""
    with services.store.read() as unit:
        change = unit.policy_changes.get(change_id)
        pointer = _pointer(unit.policy_changes.in_force(), change.pack, change.decision)
    must_be_author(actor)
    if pointer is None or pointer.change != change_id:
        raise Conflict(f"policy change {change_id} is not in force: it is {change.state}", mend="look again")
    return roll_back_policy(services, change.pack, actor, reason, decision=change.decision)


def policy_in_force(services: Services, pack_ref: str, decision: str) -> dict[str, Any]:
    """The contract in force for a decision: its texts by file name, version, digest, and since when.

    Raises:
        NotFound, SourceError: there is no such pack or decision, or it has problems.
    """
    pack = services.pack(pack_ref)
    found = services.decision(pack, decision)
    file = policy_file(pack.model, decision) or ""
    said = next(each for each in policy_versions(services, pack_ref)["in_force"] if each["decision"] == decision)
    return {"pack": pack.name, **said, "texts": dict(texts_of(pack.files, file, found.policy))}


def policy_versions(services: Services, pack_ref: str) -> dict[str, Any]:
    """What is in force for each decision of a pack, since when and by whom, and every change, the newest first.

    Raises:
        NotFound, SourceError: there is no such pack, or its pack.yaml has problems.
    """
    files = services.library.files(pack_ref)
    manifest = services.policies.manifest(files)
    pointers = services.policies.pointers()
    with services.store.read() as unit:
        changes = unit.policy_changes.of_pack(manifest.metadata.name)
        counts = unit.policy_changes.comparisons([change.id for change in changes])
    return {
        "pack": manifest.metadata.name,
        "in_force": [
            _in_force(files, item, _pointer(pointers, manifest.metadata.name, item.name)) for item in manifest.decisions
        ],
        "changes": [
            {**change.to_json(), "shadow": dict(zip(("compared", "differing"), counts[change.id], strict=True))}
            for change in reversed(changes)
        ],
    }


def _in_force(files: PackFiles, item: DecisionModel, pointer: InForce | None) -> dict[str, Any]:
    """One decision's line: the contract in force, and whether the one in the pack's folder is the same."""
    try:
        drafted = load_policy(files, item.policy).ref
    except SourceError:
        if pointer is None:
            raise
        drafted = None  # a draft may be broken: it does not count
    policy = pointer.policy if pointer else drafted
    assert policy is not None
    return {
        "decision": item.name,
        "policy": policy.to_json(),
        "change_id": pointer.change if pointer else None,
        "set": {"by": pointer.by, "at": pointer.since.isoformat()} if pointer else None,
        "folder_is_the_same": policy == drafted,
    }


def _reports(services: Services, candidate: Candidate, report: CheckReport) -> dict[str, Mapping[str, Any]]:
    """What a reviewer wants to know, by name. They name no subject: the change is kept for good."""
    from remit.policies.diff import diff
    from remit.policies.prove import prove

    return {
        "check": report.to_json(),
        "proof": prove(candidate.policy).to_json(),
        "diff": diff(candidate.decision.policy, candidate.policy).to_json(),
        "backtest": backtest_of(services, candidate).to_json(subjects=False),
    }


def _canonical(report: Mapping[str, Any]) -> str:
    return recorded_bytes(dict(report)).decode()


def _passing(policy: CompiledContract) -> CheckReport:
    report = report_on(policy)
    if not report.ok:
        failed = [f"the test “{test.name}” fails: {test.why}" for test in report.tests if not test.passed]
        raise Refused(
            f"the contract does not pass its own check: {'; '.join(failed)}", mend="mend the contract, or its tests"
        )
    return report


def _must_be_a_change(policy: PolicyRef, base: PolicyRef) -> None:
    if policy.sha256 == base.sha256:
        raise Refused("this very contract is in force already", mend="change it, then propose it")
    if policy.version <= base.version:
        raise Refused(
            f"version {base.version} is in force, and this is version {policy.version}",
            mend=f"write `version: {base.version + 1}` into its metadata, so that nobody takes one for the other",
        )


def _must_be_its_time(services: Services, policy: CompiledContract) -> None:
    metadata, today = policy.contract.metadata, services.clock.now().astimezone(UTC).date()
    if metadata.effective_from is not None and today < metadata.effective_from:
        raise Refused(
            f"the contract is effective from {metadata.effective_from}: until then every case would go to a person",
            mend="activate it on that day, or let it run in shadow until then",
        )
    if metadata.effective_until is not None and today > metadata.effective_until:
        raise Refused(
            f"the contract was effective until {metadata.effective_until}", mend="propose one that is current"
        )


def _must_touch_nothing_else(services: Services, files: PackFiles, change: PolicyChange) -> None:
    """A rule file that several contracts import must not carry the change to a decision that nobody looked at."""
    manifest = services.policies.manifest(files)
    file = policy_file(manifest, change.decision) or ""
    changed = services.policies.with_text(files, file, change.policy.sha256, "the proposed")
    for item in manifest.decisions:
        others = item.name != change.decision
        if others and load_policy(changed, item.policy).ref.sha256 != load_policy(files, item.policy).ref.sha256:
            raise Refused(
                f"a rule file that it imports would change the policy of `{item.name}` with it",
                mend="give the changed rules a file of their own",
            )


def _pointer(pointers: list[InForce], pack: str, decision: str) -> InForce | None:
    return next((each for each in pointers if (each.pack, each.decision) == (pack, decision)), None)


def _decision_name(manifest: PackModel, name: str | None) -> str:
    names = [item.name for item in manifest.decisions]
    if name is None and len(names) > 1:
        raise InputError(f"the pack has several decisions: {', '.join(names)}", mend="name one with --decision")
    if name is not None and name not in names:
        raise NotFound(f"the pack has no decision `{name}`", mend=did_you_mean(name, names))
    return name or names[0]


def _record_review(unit: Unit, change: PolicyChange, actor: Actor, choice: str, reason: str) -> None:
    body = {**_subject(change), "choice": choice, "reason": reason, "reports": change.attachments}
    unit.journal.append("policy.reviewed", actor=actor, body=body)


def _subject(change: PolicyChange) -> dict[str, Any]:
    return {
        "change_id": change.id,
        "pack": change.pack,
        "decision": change.decision,
        "policy": change.policy.to_json(),
    }
