"""Remit: a decision engine whose agents act only within their remit.

from remit import Actor, Engine

with Engine() as engine:
    result = engine.decide("credit", case, Actor("ana", roles=("analyst",)))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remit.core.words import Actor as Actor
    from remit.wiring import Engine as Engine

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
