"""Make probabilities mean what they say: one slope on their logarithms and a shift for each outcome.

Platt's sigmoid (Advances in Large Margin Classifiers, 1999) for any number of outcomes, also known as bias-corrected
temperature scaling (Alexandari, Kundaje, Shrikumar, ICML 2020): softmax(slope * log p + shift). It has so few numbers
that some hundred rows fit it, it never turns the order of cases round, and it is a handful of ONNX operators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.learning.strategies.strategy import Floats

FLOOR = 1e-4
"""A probability below counts as that: a forest says 0 of what its few trees have not seen."""
PLACES = 6
SLOPES = (0.05, 5.0)
SHIFT_MAX = 3.0
PULL = 1e-3
BINS = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """The slope, and a shift for each outcome, the first of which is 0."""

    slope: float
    shifts: tuple[float, ...]

    def of(self, probabilities: Floats) -> Floats:
        """n x outcomes: the probabilities as they should have been said."""
        scores = self.slope * np.log(np.maximum(probabilities, FLOOR)) + np.array(self.shifts)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def fitted(probabilities: Floats, outcome: NDArray[np.int64]) -> Calibration:
    """The calibration of least log loss on rows that the model did not learn from, pulled a little towards none."""
    from scipy.optimize import minimize

    rows, count = np.arange(len(outcome)), probabilities.shape[1]
    logs = np.log(np.maximum(probabilities, FLOOR))

    def loss(numbers: Floats) -> float:
        scores = numbers[0] * logs + np.concatenate([[0.0], numbers[1:]])
        top = scores.max(axis=1)
        all_of_it = top + np.log(np.exp(scores - top[:, None]).sum(axis=1))
        pull = PULL * ((numbers[0] - 1) ** 2 + (numbers[1:] ** 2).sum())
        return float((all_of_it - scores[rows, outcome]).mean() + pull)

    bounds = [SLOPES, *[(-SHIFT_MAX, SHIFT_MAX)] * (count - 1)]
    found = minimize(loss, np.concatenate([[1.0], np.zeros(count - 1)]), method="L-BFGS-B", bounds=bounds).x
    rounded = [round(float(each), PLACES) for each in found]
    return Calibration(rounded[0], (0.0, *rounded[1:]))


def calibration_error(probabilities: Floats, outcome: NDArray[np.int64]) -> float:
    """The expected calibration error: how far what was said of each outcome is from how often it came, on average.

    Over ten bins of equal width and all outcomes, weighted by rows (Kull et al., NeurIPS 2019: classwise).
    """
    total = 0.0
    for index in range(probabilities.shape[1]):
        said, came = probabilities[:, index], (outcome == index).astype(np.float64)
        bins = np.minimum((said * BINS).astype(np.int64), BINS - 1)
        off = np.bincount(bins, said - came, minlength=BINS)
        total += float(np.abs(off).sum()) / len(outcome)
    return float(total / probabilities.shape[1])


def with_calibration(onnx_model: bytes, calibration: Calibration) -> bytes:
    """An ONNX classifier whose output `probabilities` is calibrated within the model itself, once more if it was."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load_from_string(onnx_model)
    graph = model.graph
    before = sum(each.name.startswith("calibration_shifts") for each in graph.initializer)
    raw = f"probabilities_{before}"
    for node in graph.node:
        node.output[:] = [raw if name == "probabilities" else name for name in node.output]
        node.input[:] = [raw if name == "probabilities" else name for name in node.input]
    numbers = {
        "floor": np.array(FLOOR, np.float32),
        "slope": np.array(calibration.slope, np.float32),
        "shifts": np.array([calibration.shifts], np.float32),
    }
    for name, value in numbers.items():
        graph.initializer.append(numpy_helper.from_array(value, f"calibration_{name}_{before}"))
    named = {name: f"calibration_{name}_{before}" for name in (*numbers, "held", "logs", "sloped", "scores")}
    graph.node.extend(
        [
            helper.make_node("Max", [raw, named["floor"]], [named["held"]]),
            helper.make_node("Log", [named["held"]], [named["logs"]]),
            helper.make_node("Mul", [named["logs"], named["slope"]], [named["sloped"]]),
            helper.make_node("Add", [named["sloped"], named["shifts"]], [named["scores"]]),
            helper.make_node("Softmax", [named["scores"]], ["probabilities"], axis=1),
        ]
    )
    kept = [each for each in graph.output if each.name != "probabilities"]
    del graph.output[:]
    many = len(calibration.shifts)
    graph.output.extend([*kept, helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, many])])
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
