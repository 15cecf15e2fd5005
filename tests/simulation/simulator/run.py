"""One history from its seed: everybody works until they are done, the world is healed, and everything must hold;
then people approve what still waits, and everything must hold again."""

from __future__ import annotations

from collections.abc import Callable

from remit.core.ports import Clock, Ids
from remit.service.services import Services
from simulator.homes import Home, MemoryHome
from simulator.invariants import broken
from simulator.people import recover, settle, workers
from simulator.process import Process
from simulator.world import World

LOOKS_MAX = 5
"""After so many undisturbed recoveries nothing may be left to recover."""


class Broken(AssertionError):
    """Something did not hold. The text names the seed, and tells the history."""


def simulate(seed: int, make_home: Callable[[Clock, Ids], Home] = MemoryHome) -> World:
    """Live through the history of a seed. Raises Broken."""
    world = World(seed, make_home)
    try:
        try:
            world.schedule.run(workers(world))
            world.record.arrive()
            process, services = world.boot("healer", calm=True)
            problems = _healed(world, process, services)
            if not problems:
                settle(process, services)
                problems = _healed(world, process, services)
        except Exception as error:
            raise Broken(_account(world, [f"{type(error).__name__}: {error}"])) from error
        if problems:
            raise Broken(_account(world, problems))
    finally:
        world.home.close()
    return world


def _healed(world: World, process: Process, services: Services) -> list[str]:
    for _ in range(LOOKS_MAX):
        recover(process, services)
    return broken(world, services)


def _account(world: World, problems: list[str]) -> str:
    lines = [f"seed {world.seed}: run REMIT_SEED={world.seed} pytest tests/simulation", *problems, "", *world.history]
    return "\n".join(lines)
