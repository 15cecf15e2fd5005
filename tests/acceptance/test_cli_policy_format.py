"""What authors of contracts use in their editor: the format as JSON Schema, the formatter, and shared rule files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Remit


def test_the_schema_is_printed_as_json(remit: Remit) -> None:
    done = remit("policy", "schema")
    assert (done.code, done.err) == (0, "")
    assert done.json["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_a_contract_is_formatted_in_place_and_means_the_same(remit: Remit) -> None:
    policy = remit.pack() / "policy.yaml"
    tidy = policy.read_text("utf-8")
    policy.write_text(
        tidy.replace("default: escalate\non_error: escalate\n", "on_error:   escalate\ndefault: escalate\n")
    )
    assert (remit("policy", "fmt", "--check", policy).code, remit("policy", "fmt", policy).code) == (1, 0)
    assert policy.read_text("utf-8") == tidy
    assert remit("policy", "fmt", "--check", policy).code == 0


def test_what_is_no_yaml_is_not_formatted(remit: Remit) -> None:
    file = remit.write("broken.yaml", "a: [")
    done = remit("policy", "fmt", file)
    assert (done.code, "broken.yaml:1:" in done.err) == (2, True)


def test_a_shared_rule_file_is_part_of_the_contract(remit: Remit) -> None:
    policy = remit.pack() / "policy.yaml"
    text = policy.read_text("utf-8").replace("default:", "imports: [shared/limits.yaml]\ndefault:", 1)
    limits = text.split("\nlimits:\n")[1].split("\nobligations:\n")[0]
    policy.write_text(text.replace(f"\nlimits:\n{limits}", ""))
    (policy.parent / "shared").mkdir()
    shared = policy.parent / "shared" / "limits.yaml"
    shared.write_text(f"apiVersion: remit/v1\nkind: PolicyRules\nlimits:\n{limits}")
    assert remit("policy", "check", policy).code == 0
    shared.write_text(shared.read_text("utf-8").replace("per: day", "per: week"))
    done = remit("policy", "check", policy)
    assert (done.code, "limits.yaml:7:10: must be 'hour', 'day' or 'month'" in done.err) == (2, True)
