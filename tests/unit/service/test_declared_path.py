"""What a decision by the declared brain costs: nothing of language models is even imported."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys
import remit.agents.graph, remit.service.decide, remit.service.batch, remit.service.submit, remit.wiring
import remit.adapters.onnx_model, remit.agents.brains.declared
foreign = {'langchain', 'langchain_openai', 'openai', 'tiktoken'} & {name.split('.')[0] for name in sys.modules}
ours = {'remit.agents.brains.llm', 'remit.agents.brains.prompting', 'remit.adapters.structured'} & sys.modules.keys()
print(sorted(foreign | ours))
"""


def test_deciding_without_a_language_model_imports_nothing_of_one() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
