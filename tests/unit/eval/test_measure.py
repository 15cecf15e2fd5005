from remit.eval.bench.measure import Spread, interleaved, rates, ratios


def test_a_spread_names_the_smallest_the_middle_and_the_largest():
    assert Spread.of([3.0, 1.0, 9.0]) == Spread(1.0, 3.0, 9.0)


def test_contenders_take_turns_after_every_step():
    calls: list[str] = []
    interleaved(1, 2, {"a": lambda number: calls.append(f"a{number}"), "b": lambda number: calls.append(f"b{number}")})
    assert calls == ["a0", "b0", "b1", "a1"]


def test_every_contender_has_one_figure_a_round():
    figures = interleaved(3, 5, {"a": lambda _: None, "b": lambda _: None}, summary=len)
    assert figures == {"a": [5, 5, 5], "b": [5, 5, 5]}


def test_a_ratio_is_taken_round_by_round():
    assert ratios([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == Spread(2.0, 3.0, 4.0)


def test_a_rate_counts_what_a_step_does_in_a_second():
    assert rates(5, [10.0]) == Spread(500.0, 500.0, 500.0)
