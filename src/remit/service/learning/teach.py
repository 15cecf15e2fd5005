"""Write what past decisions teach a brain into a folder, and hold a pack's brain against such a folder.

    manifest.json        of which pack and decision, how many, and the SHA-256 of every other file; written last
    examples.jsonl       to be shown to a brain, some for each action
    regressions.jsonl    never shown: a brain has to go on proposing the same
    improvements.jsonl   what people rejected or changed: a brain should propose something else
    rules.yaml           rules that a person may merge into the contract, through a policy change like any other

Cases are about people. They leave the database without their subject and their protected attributes, only for somebody
who may see cases, with an event of the ledger first; and of a subject who was erased nothing is written. An erasure
cannot reach a folder that was written before: writing it anew does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml

from remit.agents.aids import Aids
from remit.agents.ports import Brain, Unit
from remit.agents.records import DONE, StoredDecision, Wanted
from remit.core.canonical import sha256_hex
from remit.core.errors import Corrupted, InputError, RemitError, SystemFailed, Undecidable
from remit.core.schema import Field
from remit.core.words import Actor
from remit.learning.examples import Lesson, ProposedRule, parted, proposed_rules
from remit.packs.pack import Decision
from remit.service.duties import must_not_be_admin
from remit.service.learning.common import must_manage, outcome_of, worth
from remit.service.services import Services

FORMAT = 1
MANIFEST, RULES = "manifest.json", "rules.yaml"
LINES = ("examples", "regressions", "improvements")
AT_ONCE = 500
HEADER = "# Proposed by what reviewers rejected. Merge by hand, and put through `remit policy propose` what you keep.\n"


def write_examples(
    services: Services, pack_ref: str, folder: Path, actor: Actor, *, decision: str | None = None
) -> dict[str, Any]:
    """Write the folder anew, and give its manifest.

    Raises:
        NotFound, SourceError: there is no such pack or decision.
        Refused: the actor may not manage models, or may not see cases.
        InputError: the folder holds something else.
        SystemFailed: it cannot be written.
    """
    must_manage(actor)
    must_not_be_admin(actor, "take cases along")
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    lessons = list(_lessons(services, pack.name, chosen))
    rules = proposed_rules(lessons)
    contents = _contents(lessons, rules)
    manifest = {
        "format": FORMAT,
        "pack": pack.name,
        "pack_sha256": pack.sha256,
        "decision": chosen.name,
        "counts": {**{name: contents[f"{name}.jsonl"].count(b"\n") for name in LINES}, "rules": len(rules)},
        "files": {name: sha256_hex(data) for name, data in sorted(contents.items())},
    }
    _make_room(folder)
    with services.store.write() as unit:
        said = {name: manifest[name] for name in ("pack", "decision", "counts", "files")}
        unit.journal.append("examples.exported", actor=actor, body=said)
    try:
        for name, data in contents.items():
            (folder / name).write_bytes(data)
        (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    except OSError as error:
        raise SystemFailed(f"cannot write into {folder}: {error.strerror}", mend="choose another folder") from error
    return manifest


def check_examples(services: Services, pack_ref: str, folder: Path, *, decision: str | None = None) -> dict[str, Any]:
    """Hold the brain that thinks for a decision now against a folder; `passes` when no regression is worse.

    Raises:
        NotFound, SourceError: there is no such pack or decision.
        InputError: there is no such folder, or it is of another decision.
        Corrupted: a file is not the one that the manifest names.
    """
    pack = services.pack(pack_ref)
    chosen = services.decision(pack, decision)
    read = read_examples(folder, chosen.name)
    brain = services.brain(pack, chosen)
    return {
        "pack": pack.name,
        "decision": chosen.name,
        "brain": brain.name,
        **tried(brain, chosen, read["regressions"], read["improvements"]),
    }


def tried(
    brain: Brain,
    decision: Decision,
    regressions: Sequence[Mapping[str, Any]],
    improvements: Sequence[Mapping[str, Any]],
    calls: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a brain makes of test cases; `passes` when no regression is worse. What it asked is put into `calls`."""
    calls = [] if calls is None else calls
    kept = [(each, _proposed(brain, decision, each["case"], calls)) for each in regressions]
    worse = [each["decision_id"] for each, now in kept if now is None or now["name"] != each["action"]["name"]]
    turned = [(each, _proposed(brain, decision, each["case"], calls)) for each in improvements]
    improved = [each["decision_id"] for each, now in turned if now is not None and _is_better(each, now)]
    return {
        "passes": not worse,
        "regressions": len(kept),
        "worse": worse,
        "improvements": len(turned),
        "improved": improved,
    }


def read_examples(folder: Path, decision: str) -> dict[str, list[dict[str, Any]]]:
    """The lines of each file, as the manifest names them by SHA-256. Raises InputError, Corrupted."""
    try:
        manifest = orjson.loads((folder / MANIFEST).read_bytes())
        files = {name: (folder / name).read_bytes() for name in manifest["files"]}
        wanted = (manifest["format"], manifest["decision"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"{folder} holds no examples: {error}", mend="write them with `remit learn examples --out`"
        ) from error
    if wanted != (FORMAT, decision):
        raise InputError(f"{folder} holds examples of `{wanted[1]}`", mend=f"name a folder of `{decision}`")
    changed = [name for name, data in files.items() if sha256_hex(data) != manifest["files"][name]]
    if changed:
        raise Corrupted(f"{changed[0]} in {folder} is not the file that was written", mend="write the folder anew")
    return {name: [orjson.loads(line) for line in files[f"{name}.jsonl"].splitlines()] for name in LINES}


def _contents(lessons: Sequence[Lesson], rules: Sequence[ProposedRule]) -> dict[str, bytes]:
    parts = parted(lessons)
    lines = {f"{name}.jsonl": b"".join(_line(each) for each in parts[name]) for name in LINES}
    return {**lines, RULES: _as_yaml(rules)}


def _line(lesson: Lesson) -> bytes:
    return orjson.dumps(lesson.to_json(), option=orjson.OPT_SORT_KEYS) + b"\n"


def _as_yaml(rules: Sequence[ProposedRule]) -> bytes:
    body = yaml.safe_dump({"rules": [rule.to_json() for rule in rules]}, sort_keys=False, allow_unicode=True)
    return (HEADER + body).encode()


def _lessons(services: Services, pack: str, decision: Decision) -> Iterator[Lesson]:
    wanted, above = Wanted(pack=pack, decision=decision.name), ""
    while True:
        with services.store.read() as unit:
            some = unit.decisions.judged(wanted, AT_ONCE, above=above)
            found = [lesson for stored in some if (lesson := _lesson(unit, decision, stored)) is not None]
        if not some:
            return
        above = some[-1].run.decision_id
        yield from found


def _lesson(unit: Unit, decision: Decision, stored: StoredDecision) -> Lesson | None:
    """What a decision teaches; None where it teaches nothing, or not yet."""
    judgement = stored.judgement
    assert judgement is not None
    left_out = {decision.subject.removeprefix("case."), *decision.protected}
    case = {name: value for name, value in stored.run.case.items() if name not in left_out}
    proposal, edit = judgement.proposal, judgement.edit
    action, args = proposal["action"]["name"], proposal["action"]["args"]
    votes = [] if stored.review_id is None else unit.reviews.votes(stored.review_id)
    said = {"decision_id": stored.run.decision_id, "case": case, "action": action, "reasons": proposal["reasons"]}
    if stored.stage == "rejected" and votes:
        word = next((each for each in reversed(votes) if each.choice == "reject"), votes[-1])
        return Lesson(**said, args=args, word="rejected", code=word.code, why=word.reason)
    if edit:
        return Lesson(**said, args=edit["was"], word="edited", wanted=edit["args"])
    outcome = outcome_of(decision, unit.outcomes.of(stored.run.decision_id))
    if stored.stage not in DONE or not _was_best(decision, stored, action, outcome):
        return None
    return Lesson(**said, args=args, word="good", approved_by="person" if votes else "contract", outcome=outcome)


def _was_best(decision: Decision, stored: StoredDecision, action: str, outcome: str | None) -> bool:
    """Whether nothing else would have been worth more, and it was worth more than the worst that can happen."""
    try:
        of = worth(decision, stored, outcome)
    except Undecidable:
        return False
    return of is not None and of.get(action) == max(of.values()) > 0.0


def of_nobody(decision: Decision, case: Mapping[str, Any]) -> dict[str, Any]:
    """A case as it stands in a file, fit to be thought about: what was left out of it is there again, and of nobody.

    No feature may read a protected attribute, so it makes no difference which value stands there.
    """
    left_out = (decision.subject.removeprefix("case."), *decision.protected)
    fields = {name: decision.contract.record.field(name) for name in left_out if name not in case}
    return {**case, **{name: _anybodys(field) for name, field in fields.items() if field is not None}}


def _anybodys(field: Field) -> Any:
    """Some value that a field takes."""
    if field.values:
        return field.values[0]
    whole = 0 if field.minimum is None else int(field.minimum)
    usual = {"integer": whole, "number": float(whole), "boolean": False, "strings": []}
    return usual.get(field.type, "2000-01-01T00:00:00Z" if field.type == "timestamp" else "nobody")


def _proposed(
    brain: Brain, decision: Decision, case: Mapping[str, Any], calls: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """What the brain would do now; None where it fails."""
    try:
        proposal = brain.propose(decision, of_nobody(decision, case), (), Aids(calls=calls))
    except RemitError:
        return None
    action: dict[str, Any] = proposal.to_json()["action"]
    return action


def _is_better(turned_down: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """What a person wanted is proposed; where they only said no, anything else."""
    if "wanted" in turned_down:
        return bool(now["args"] == turned_down["wanted"])
    return bool(now != turned_down["action"])


def _make_room(folder: Path) -> None:
    """What an earlier run wrote goes, all of it; anything else is somebody's."""
    ours = {MANIFEST, RULES, *(f"{name}.jsonl" for name in LINES)}
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        foreign = sorted({path.name for path in folder.iterdir()} - ours)
        if foreign:
            raise InputError(f"{folder} holds something else: {foreign[0]}", mend="choose an empty folder")
        for name in ours:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise SystemFailed(f"cannot write into {folder}: {error.strerror}", mend="choose another folder") from error
