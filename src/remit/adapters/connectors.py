"""Connectors of packs: loaded from the very files that decided, called with a key, never trusted to be tidy."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from remit.adapters.files import write_atomically
from remit.agents.ports import ConnectorAnswer
from remit.agents.records import Obligation, PlannedEffect
from remit.core.canonical import NotCanonical, recorded_bytes, sha256_hex
from remit.core.errors import SystemFailed
from remit.packs.connectors import Call, Done, Duty, Effect, NotDone, effects_in, obligations_in
from remit.packs.files import PackFiles


class PackConnectors:
    """`remit.agents.ports.Connectors` for one pack version.

    The module runs from a copy under the data folder, named by its SHA-256: what decided is what acts, even when the
    pack's folder has changed since.
    """

    def __init__(self, files: PackFiles, home: Path) -> None:
        self._files = files
        self._home = home
        self._loaded: dict[str, Any] | None = None

    def call(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer:
        try:
            connector, call = self._connector(effect), self._call(effect, case)
        except (SystemFailed, OSError) as error:
            return ConnectorAnswer("failed", error=_text(str(error)))
        try:
            return ConnectorAnswer("confirmed", result=_recordable(connector.run(call)))
        except NotDone as error:
            return ConnectorAnswer("failed", error=_text(error.message))
        # Whatever a connector raises, even the wish to end the process: nobody knows whether it acted.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            return ConnectorAnswer("in_doubt", error=_text(f"{type(error).__name__}: {error}"))

    def lookup(self, effect: PlannedEffect, case: Mapping[str, Any]) -> ConnectorAnswer | None:
        try:
            connector = self._connector(effect)
            if connector.lookup is None:
                return None
            found = connector.lookup(self._call(effect, case))
        except (Exception, SystemExit):  # noqa: BLE001  a lookup that fails tells nothing
            return None
        if found is None:
            return ConnectorAnswer("failed", error="not carried out")
        return ConnectorAnswer("confirmed", result=_recordable(found))

    def repeatable(self, effect: PlannedEffect) -> bool:
        try:
            return self._connector(effect).idempotent
        except SystemFailed:
            return False

    def compensation(self, effect: PlannedEffect) -> str | None:
        try:
            return self._connector(effect).compensate
        except SystemFailed:
            return None

    def oblige(self, obligation: Obligation, action: Mapping[str, Any], case: Mapping[str, Any]) -> ConnectorAnswer:
        try:
            function = obligations_in(self._namespace()).get(obligation.do)
            if function is None:
                return ConnectorAnswer("failed", error=f"the pack has nothing that carries out `{obligation.do}`")
            result = function(self._duty(obligation, action, case))
        # Whatever it raises, even the wish to end the process: it is still to be done.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            return ConnectorAnswer("in_doubt", error=_text(f"{type(error).__name__}: {error}"))
        return ConnectorAnswer("confirmed", result=_recordable({} if result is None else result))

    def load(self) -> None:
        """Load the pack's module. Raises SystemFailed when it cannot be."""
        self._namespace()

    def _connector(self, effect: PlannedEffect) -> Effect:
        found = effects_in(self._namespace()).get(effect.connector)
        if found is None:
            raise SystemFailed(f"the pack has no connector `{effect.connector}`", code="connector")
        return found

    def _call(self, effect: PlannedEffect, case: Mapping[str, Any]) -> Call:
        args, undoes = effect.args, None
        if effect.kind == "compensation":
            undoes, args = Done(args["undoes"], args["result"]), args["args"]
        return Call(effect.key, effect.action, dict(args), dict(case), effect.decision_id, self._systems(), undoes)

    def _duty(self, obligation: Obligation, action: Mapping[str, Any], case: Mapping[str, Any]) -> Duty:
        return Duty(
            obligation.key,
            obligation.do,
            obligation.to,
            action["name"],
            dict(action["args"]),
            dict(case),
            obligation.decision_id,
            self._systems(),
        )

    def _systems(self) -> Path:
        systems = self._home / "systems"
        systems.mkdir(parents=True, exist_ok=True)
        return systems

    def _namespace(self) -> dict[str, Any]:
        if self._loaded is None:
            self._loaded = vars(self._module())
        return self._loaded

    def _module(self) -> Any:
        data = self._files.contents.get("connectors.py", b"")
        name = f"connectors_{sha256_hex(data)[:16]}"
        path = self._home / "connectors" / f"{name}.py"
        if not path.exists() or path.read_bytes() != data:
            write_atomically(path, data)
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None:
            raise SystemFailed(f"{path} cannot be loaded", code="connector")
        module = importlib.util.module_from_spec(spec)
        # Dataclasses look their own module up by name while it loads.
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as error:  # a pack's module may raise anything while it loads
            del sys.modules[name]
            raise SystemFailed(
                f"connectors.py cannot be loaded: {type(error).__name__}: {error}",
                code="connector",
                mend="run `remit pack check` on the pack",
            ) from error
        return module


def _text(said: str) -> str:
    """What a connector said, as text that can be recorded."""
    return said[:500].encode("utf-8", "backslashreplace").decode("utf-8")


def _recordable(result: Any) -> dict[str, Any]:
    """A connector's answer, if it can be recorded. It is no reason to doubt the effect if it cannot."""
    try:
        recorded_bytes(result)
    except NotCanonical as error:
        return {"note": f"the connector's answer cannot be recorded: {error}"[:500]}
    return result if isinstance(result, dict) else {"answer": result}
