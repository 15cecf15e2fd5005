"""The one room that chooses: which adapter stands behind which port. Everything heavy is made at its first use."""

from remit.wiring.engine import Engine as Engine
