"""What the agents ask of the world: a store with units of work, evidence, a brain, and connectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from remit.agents.aids import Aids
from remit.agents.records import (
    EffectKind,
    EffectState,
    Judgement,
    Listed,
    Obligation,
    ObligationState,
    PlannedEffect,
    Run,
    Stage,
    StoredDecision,
    Tally,
    Versions,
    Wanted,
)
from remit.approvals.ports import Arrangements, PolicyChanges, Reviews
from remit.chat.ports import Chats
from remit.core.ports import Clock, Ids
from remit.core.telemetry import SILENCE, Telemetry
from remit.core.words import Actor, Evidence, NeedResult, Proposal
from remit.identity.ports import Identities
from remit.learning.assignment import Arm
from remit.learning.ports import Models, Outcomes, Snapshots, Trainings, Trials, Watches
from remit.packs.pack import Decision, Need
from remit.policies.evaluate import CompiledContract
from remit.policies.facts import Used


class Decisions(Protocol):
    """The decisions' rows. Stages only move forward; a move from a stage that no longer holds is a Conflict."""

    def receive(self, run: Run, versions: Versions) -> None:
        """Store the durable beginning of a decision. Raises Conflict when its request key is taken."""
        ...

    def ids(self, stages: Sequence[Stage] | None = None) -> list[str]:
        """The ids of all decisions, or of those in these stages, oldest first."""
        ...

    def page(self, wanted: Wanted, limit: int, *, after: str | None = None, before: str | None = None) -> list[Listed]:
        """So many of these decisions, the newest first: the newest of all, or those next to a decision's id.

        `after` gives the older ones below that id, `before` the newer ones above it.
        """
        ...

    def tally(self, wanted: Wanted) -> list[Tally]:
        """How many of these decisions there are of each day, decision and stage, in the order of the days."""
        ...

    def judged(self, wanted: Wanted, limit: int, *, above: str = "") -> list[StoredDecision]:
        """So many of these decisions in full, the oldest first, with an id above that one.

        Those that were never judged, or whose case was erased, are left out.
        """
        ...

    def erased(self, among: Sequence[str]) -> set[str]:
        """Those of these ids whose case is not there any more."""
        ...

    def of_subject(self, subject: str, limit: int) -> list[str]:
        """The ids of the decisions on whom or what is called so, the newest first."""
        ...

    def settled(self) -> list[str]:
        """The ids of the decisions that wait for a review which is settled by now, oldest first."""
        ...

    def get(self, decision_id: str) -> StoredDecision:
        """The decision as it stands. Raises NotFound."""
        ...

    def get_all(self, decision_ids: Sequence[str]) -> dict[str, StoredDecision]:
        """Those of these decisions that there are, as they stand, by their ids."""
        ...

    def find(self, request_key: str) -> StoredDecision | None:
        """The decision that was made for this request, if any."""
        ...

    def judge(self, decision_id: str, judgement: Judgement, action_digest: str | None) -> None:
        """Store what was judged."""
        ...

    def move(self, decision_id: str, before: Sequence[Stage], after: Stage, **facts: Any) -> None:
        """Move to a stage, with the facts that come with it.

        They are review_id, note, effect_result, timings_ms, and receipt_event, the id of the event that records it.
        """
        ...


class Effects(Protocol):
    """The effect rows: one for each action that acts on the world, and one for what undoes it."""

    def plan(self, effect: PlannedEffect) -> None:
        """Store a planned effect. Raises Conflict when its key exists, or its decision has one of this kind."""
        ...

    def of(self, decision_id: str, kind: EffectKind = "action") -> PlannedEffect | None:
        """The effect of a decision, or its compensation, if one was planned."""
        ...

    def compensating(self) -> list[str]:
        """The decisions with a compensation of which nobody knows yet what came of it, oldest first."""
        ...

    def advance(
        self,
        key: str,
        before: Sequence[EffectState],
        after: EffectState,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
    ) -> PlannedEffect:
        """Move an effect on; entering `attempted` counts an attempt. Raises Conflict when it is not in `before`."""
        ...


class Obligations(Protocol):
    """The outbox of obligations: what is to be done besides the actions."""

    def add(self, obligation: Obligation) -> None:
        """Store what is owed. Raises Conflict when its key exists."""
        ...

    def of(self, decision_id: str) -> list[Obligation]:
        """The obligations of a decision, in the order of their keys."""
        ...

    def due(self) -> list[str]:
        """The decisions that stand and still owe something, oldest first."""
        ...

    def settle(
        self, key: str, after: ObligationState, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> Obligation:
        """Say what came of a pending one; staying `pending` or `fulfilled` counts an attempt.

        Raises:
            Conflict: it is not pending.
        """
        ...


class Usage(Protocol):
    """What the limits of a policy have counted, by budget (a key and the beginning of a window)."""

    def read(self, budgets: Sequence[tuple[str, str]]) -> list[int]:
        """The count of each budget. Inside of a writing unit nobody else can change it before the unit ends."""
        ...

    def add(self, key: str, window: str, amount: int) -> None:
        """Count an amount that is not negative; a count stays at the largest int64 rather than go beyond it."""
        ...


class Journal(Protocol):
    """Writes ledger events inside the unit of work."""

    def append(
        self, event_type: str, *, actor: Actor, body: Mapping[str, Any], decision_id: str | None = None, step: str = ""
    ) -> str:
        """Append one event; gives its id."""
        ...


class Unit(Protocol):
    """One unit of work: all of it is written, with its ledger events, or none of it."""

    @property
    def decisions(self) -> Decisions: ...

    @property
    def reviews(self) -> Reviews: ...

    @property
    def arrangements(self) -> Arrangements: ...

    @property
    def effects(self) -> Effects: ...

    @property
    def obligations(self) -> Obligations: ...

    @property
    def outcomes(self) -> Outcomes: ...

    @property
    def models(self) -> Models: ...

    @property
    def trials(self) -> Trials: ...

    @property
    def snapshots(self) -> Snapshots: ...

    @property
    def trainings(self) -> Trainings: ...

    @property
    def watches(self) -> Watches: ...

    @property
    def usage(self) -> Usage: ...

    @property
    def policy_changes(self) -> PolicyChanges: ...

    @property
    def identities(self) -> Identities: ...

    @property
    def chats(self) -> Chats: ...

    @property
    def journal(self) -> Journal: ...


class Store(Protocol):
    """Opens units of work."""

    def write(self) -> AbstractContextManager[Unit]:
        """A unit that is committed at the end, or rolled back by an exception."""
        ...

    def read(self) -> AbstractContextManager[Unit]:
        """A unit that only reads."""
        ...


class EvidenceSource(Protocol):
    """Finds the evidence that a plan calls for, in one snapshot of a pack's knowledge."""

    def gather(
        self, needs: Sequence[tuple[Need, str]], case: Mapping[str, Any], at: datetime
    ) -> tuple[tuple[Evidence, ...], tuple[NeedResult, ...]]:
        """Evidence and results for needs, each with the query to ask."""
        ...

    def texts(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The texts of passages of this snapshot, by their ids; one that it does not have is left out."""
        ...

    def unchanged(self, evidence: Sequence[Mapping[str, Any]], at: datetime) -> bool:
        """Whether every passage is still part of the present knowledge, word for word, and in force at a moment."""
        ...


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a model expects of every action, in the pack's order: the reward, and how likely the action is to pay."""

    expected: Mapping[str, float]
    confidence: Mapping[str, float]


class Grant(Protocol):
    """The day's budget of exploration. `loss` is what exploring one case costs on average, in millionths."""

    def __call__(self, at: datetime, loss: int) -> bool:
        """Whether the budget of that day has room for it; if so, it is charged."""
        ...


class Brain(Protocol):
    """Makes plans and proposals. It proposes; the contract disposes."""

    name: str

    def plan(self, decision: Decision, case: Mapping[str, Any]) -> dict[str, Any]:
        """The typed steps that this case calls for."""
        ...

    def propose(
        self, decision: Decision, case: Mapping[str, Any], cites: tuple[str, ...], aids: Aids | None = None
    ) -> Proposal:
        """One action with its arguments, reasons and confidence; of the passages `cites`, those that it rests on."""
        ...

    def weigh(self, decision: Decision, case: Mapping[str, Any]) -> Weighed | None:
        """What is expected of every action; None where rules propose, or the model fails."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectorAnswer:
    """What a connector said. `state` confirmed: it is done. failed: it is surely not done. in_doubt: nobody knows."""

    state: EffectState
    result: dict[str, Any] | None = None
    error: str | None = None


class Connectors(Protocol):
    """Calls the functions that act on the world. No method raises: doubt is an answer, not an exception."""

    def call(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer:
        """Do it, with the effect's key as idempotency key."""
        ...

    def lookup(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer | None:
        """Ask whether it was done: confirmed, failed when surely not, None when the connector cannot tell."""
        ...

    def repeatable(self, effect: PlannedEffect) -> bool:
        """Whether calling again with the same key is harmless (the connector is idempotent)."""
        ...

    def compensation(self, effect: PlannedEffect) -> str | None:
        """The connector that is declared to undo this effect, if any."""
        ...

    def oblige(self, obligation: Obligation, action: Mapping[str, Any], case: Mapping[str, Any]) -> ConnectorAnswer:
        """Carry out what an action (``{"name", "args"}``) obliges to. Only `confirmed` says that it is done."""
        ...


@dataclass(frozen=True, slots=True)
class Shadow:
    """A policy change whose contract is evaluated beside the one in force, and decides nothing."""

    change_id: str
    policy: CompiledContract


@dataclass(frozen=True, slots=True)
class Rival:
    """The other model of a running rollout: it proposes beside the one that decides, and is only compared.

    `arm` is the one that decides; `brain` thinks with the model of the other arm.
    """

    rollout_id: str
    step: int
    arm: Arm
    model_sha256: str
    brain: Brain


class LastWords(Protocol):
    """What whoever asked is to be told, said inside of the unit of work with which a run ends or comes to a person.

    It is the last thing in that unit: what it stores is there exactly if the run has come so far.
    """

    def __call__(self, unit: Unit, timings_ms: Mapping[str, float]) -> None: ...


@dataclass(frozen=True)
class Deps:
    """Everything that a node needs besides the state. Passed at every invoke: it is never persisted.

    `usage` stands in for what the store has counted, where a run is only thought through. Without `grant` nothing is
    explored. `sure_from` is the confidence from which on a machine may decide, once outcomes have broken the promise of
    a threshold: infinite where none holds any more, None where nothing was broken. `spent_seconds` is what this thread
    has spent of the processor so far. `recorded` is the tape of a decision that is thought again; see
    `Aids`.
    """

    run: Run
    versions: Versions
    decision: Decision
    brain: Brain
    knowledge: EvidenceSource
    store: Store
    connectors: Connectors
    clock: Clock
    ids: Ids
    shadow: Shadow | None = None
    rival: Rival | None = None
    usage: Mapping[str, Used] | None = None
    grant: Grant | None = None
    recorded: Sequence[Mapping[str, Any]] | None = None
    telemetry: Telemetry = SILENCE
    last_words: LastWords | None = None
    sure_from: float | None = None
    spent_seconds: Callable[[], float] = time.thread_time
