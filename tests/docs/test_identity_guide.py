"""The table in the identity guide is the table of doors. `python -m tests.docs.test_identity_guide` writes it anew."""

from __future__ import annotations

import re
from pathlib import Path

from remit.identity.doors import DOORS
from remit.identity.passwords import HOUSE_WORDS
from remit.identity.principal import ROLES
from remit.service.identity.sign_in_link import LASTS

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guides" / "identity.md"
BETWEEN = re.compile(r"(<!-- doors: .*? -->\n).*?(<!-- end of doors -->)", re.DOTALL)


def table() -> str:
    """Every door, what a key needs for it, and whose things each role reaches through it."""
    lines = [["door", "scope", *ROLES], ["---"] * (2 + len(ROLES))]
    for door in DOORS.values():
        lines.append([f"`{door.name}`", f"`{door.scope}`", *(door.roles.get(role, "") for role in ROLES)])
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def test_the_guide_shows_the_table_of_doors() -> None:
    found = BETWEEN.search(GUIDE.read_text("utf-8"))
    assert found is not None
    assert found[0] == f"{found[1]}{table()}{found[2]}", "run `python -m tests.docs.test_identity_guide`"


def test_the_guide_lists_the_words_of_the_house() -> None:
    found = re.search(r"words of the house: with (.*?) left out", GUIDE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    assert re.findall(r"`(\w+)`", found[1]) == list(HOUSE_WORDS)


def test_the_guide_names_the_sign_in_link_with_its_time_and_that_it_works_once() -> None:
    minutes = int(LASTS.total_seconds() // 60)
    assert f"It is good for {minutes} minutes and works once" in " ".join(GUIDE.read_text("utf-8").split())


if __name__ == "__main__":
    GUIDE.write_text(BETWEEN.sub(lambda found: f"{found[1]}{table()}{found[2]}", GUIDE.read_text("utf-8")), "utf-8")
