"""One cold start, step by step, as a process of its own: ``python -m remit.eval.bench.cold_steps HOME CASE_FILE``.

Prints the milliseconds of each step as JSON. What a step imports is not counted again in a later one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Step = Callable[[dict[str, Any]], None]


def main(home: str, case_file: str) -> None:
    """Take every step, in order, on an existing home."""
    at_hand: dict[str, Any] = {"home": Path(home), "case": json.loads(Path(case_file).read_bytes())}
    spent = {}
    for name, step in STEPS.items():
        started = time.perf_counter()
        step(at_hand)
        spent[name] = (time.perf_counter() - started) * 1000
    at_hand["engine"].close()
    print(json.dumps(spent))


def _wiring(at_hand: dict[str, Any]) -> None:
    import remit.wiring  # noqa: F401


def _open(at_hand: dict[str, Any]) -> None:
    from remit.eval.bench.workbench import engine_in

    at_hand["engine"] = engine_in(at_hand["home"])


def _pack(at_hand: dict[str, Any]) -> None:
    at_hand["engine"].services.pack("credit")


def _runtime(at_hand: dict[str, Any]) -> None:
    import onnxruntime  # noqa: F401
    import tokenizers  # noqa: F401


def _model(at_hand: dict[str, Any]) -> None:
    at_hand["engine"].embedder.embed(["warm"])


def _chroma(at_hand: dict[str, Any]) -> None:
    import chromadb  # noqa: F401


def _corpus(at_hand: dict[str, Any]) -> None:
    at_hand["engine"].services.parts.corpus("credit")


def _langgraph(at_hand: dict[str, Any]) -> None:
    import remit.agents.graph  # noqa: F401


def _graph(at_hand: dict[str, Any]) -> None:
    at_hand["engine"].services.graph()


def _decide(at_hand: dict[str, Any]) -> None:
    from remit.core.words import Actor

    at_hand["engine"].decide("credit", at_hand["case"], Actor("bench"))


STEPS: dict[str, Step] = {
    "import remit.wiring": _wiring,
    "open the data folder": _open,
    "load the pack": _pack,
    "import onnxruntime and tokenizers": _runtime,
    "open the embedding model, embed once": _model,
    "import chromadb": _chroma,
    "load the documents": _corpus,
    "import langgraph": _langgraph,
    "build the graph": _graph,
    "first decision": _decide,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
