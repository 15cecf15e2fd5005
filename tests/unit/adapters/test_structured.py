"""A language model that cannot be made ready is a failure like any other of it, and says what `REMIT_LLM` lacks."""

from __future__ import annotations

import pytest

from remit.adapters.structured import StructuredModel
from remit.agents.tape import Prompt
from remit.core.errors import SystemFailed


@pytest.mark.parametrize("name", ["nobody-knows-it", "nobody:knows-it", "openai:gpt-5-mini"])
def test_a_model_that_cannot_be_made_ready_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for key in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(key, raising=False)
    with pytest.raises(SystemFailed, match=f"the language model `{name}` cannot be asked") as error:
        StructuredModel(name).say(Prompt(name, "", (("user", "hello"),), {}, 0.0, 10), 5.0)
    assert (error.value.code, "see settings.md" in (error.value.mend or "")) == ("language_model", True)
