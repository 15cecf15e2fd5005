"""The small pack, loaded, and the problems of a broken one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from remit.core.errors import SourceError
from remit.core.problems import Problem
from remit.packs.files import read_folder
from remit.packs.load import load_pack
from remit.packs.pack import Decision


@pytest.fixture
def load(write_pack: Callable[..., Path]) -> Callable[..., Decision]:
    """The one decision of the pack that `write_pack` writes."""

    def make(*args: Any, **kwargs: Any) -> Decision:
        return load_pack(read_folder(write_pack(*args, **kwargs))).decisions["loan.small"]

    return make


@pytest.fixture
def problems(write_pack: Callable[..., Path]) -> Callable[..., list[Problem]]:
    """What is wrong with the pack that `write_pack` writes."""

    def find(*args: Any, **kwargs: Any) -> list[Problem]:
        with pytest.raises(SourceError) as raised:
            load_pack(read_folder(write_pack(*args, **kwargs)))
        return list(raised.value.problems)

    return find
