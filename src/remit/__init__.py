"""Remit: a decision engine whose agents act only within their remit.

from remit import Actor, Engine

with Engine() as engine:
    result = engine.decide("credit", case, Actor("ana", roles=("analyst",)))
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remit.core.words import Actor as Actor
    from remit.wiring import Engine as Engine

# Nothing leaves this machine. From 1.32 on onnxruntime begins to report to its makers as soon as it is imported, under
# an id that it leaves in the account's cache folder, unless it is told not to before.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

__version__ = "0.1.0"
__all__ = ["Actor", "Engine", "__version__"]


def __getattr__(name: str) -> Any:
    # Looked up late, so that `import remit` costs nothing.
    if name == "Engine":
        from remit.wiring import Engine

        return Engine
    if name == "Actor":
        from remit.core.words import Actor

        return Actor
    raise AttributeError(f"module 'remit' has no attribute {name!r}")
