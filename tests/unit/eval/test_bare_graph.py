import pytest

from remit.agents.graph import build_graph
from remit.eval.bench.bare_graph import build_bare_graph


def test_the_bare_graph_has_the_nodes_of_the_real_one():
    assert set(build_bare_graph(None).get_graph().nodes) == set(build_graph(None).get_graph().nodes)


def test_the_bare_graph_has_the_edges_of_the_real_one():
    assert set(build_bare_graph(None).get_graph().edges) == set(build_graph(None).get_graph().edges)


@pytest.mark.parametrize("verdict", ["allow", "deny"])
def test_a_bare_run_ends_in_an_answer(verdict: str):
    assert build_bare_graph(None).invoke({"verdict": verdict})["stage"] == "answer"
