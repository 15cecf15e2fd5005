"""The server that forks the `remit` command: what its verbs import is imported; nothing is open, nobody is at work."""

from __future__ import annotations

import fork_server  # before all others: it notes the environment that they find

# isort: split
import importlib
import pkgutil
import sys
from pathlib import Path

import remit
import remit.cli.main

COLD = ("remit.eval", "remit.adapters.sql.migrations", "remit.adapters.embedding.compile")
"""Rooms that few verbs need: benchmarks with other engines, migrations, torch."""

LATE = (
    *("alembic.command", "bm25s.stopwords", "chromadb", "chromadb.api.rust", "chromadb.config", "chromadb.errors"),
    *("open_data_contract_standard.model", "rich.console", "rich.progress", "scipy.sparse", "tokenizers"),
)
"""What Remit imports inside of functions. Not onnxruntime and pyarrow: they open files and begin threads at once."""

for module in pkgutil.walk_packages(remit.__path__, "remit."):
    if not module.name.startswith(COLD):
        importlib.import_module(module.name)
for name in LATE:
    importlib.import_module(name)

fork_server.serve(Path(sys.argv[1]))
sys.exit(remit.cli.main.run())
