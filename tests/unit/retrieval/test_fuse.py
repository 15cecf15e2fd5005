"""Several rankings become one."""

from __future__ import annotations

from remit.retrieval.fuse import reciprocal_rank_fusion


def test_what_both_rank_high_comes_first() -> None:
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["b", "c", "d"]])
    assert [found for found, _ in fused] == ["b", "c", "a", "d"]
    assert fused[0][1] == round(1 / 12 + 1 / 11, 6)


def test_ties_are_broken_by_id() -> None:
    assert [found for found, _ in reciprocal_rank_fusion([["b"], ["a"]])] == ["a", "b"]


def test_weights_say_how_much_a_ranking_counts() -> None:
    assert [found for found, _ in reciprocal_rank_fusion([["a"], ["b"]], (1.0, 2.0))] == ["b", "a"]


def test_nothing_fuses_to_nothing() -> None:
    assert reciprocal_rank_fusion([[], []]) == []
