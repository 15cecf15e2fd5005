"""What compose.yaml says of Remit's own services: the command and the settings of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = ROOT / "compose.yaml"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of Remit's image."""

    name: str
    command: tuple[str, ...]
    settings: Mapping[str, str]

    @property
    def serves(self) -> bool:
        return self.command[0] == "serve"

    @property
    def ends(self) -> bool:
        """Whether it does its work and ends, before the others start."""
        return self.command[0] not in ("serve", "worker")


def compose() -> dict[str, Any]:
    """compose.yaml, read."""
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return read


def services() -> list[Service]:
    """Remit's own services, in the order in which they are written down."""
    image = compose()["x-remit"]["image"]
    return [
        Service(name, tuple(said["command"]), said["environment"])
        for name, said in compose()["services"].items()
        if said["image"] == image
    ]
