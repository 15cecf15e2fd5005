"""What competes to tell outcomes, how a table is fed to it, and how it is written as ONNX.

Each is a small classifier of a well-kept library over the features of a pack: numbers as they are (scaled for the
logistic regression alone), texts one-hot, a text that was never seen as none of them. Each has one set of options, for
tables of some hundreds to some ten thousand rows; nothing is tuned on what it is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.core.errors import InputError

FLOAT32_MAX = float(np.finfo(np.float32).max)
FeatureValue = float | int | bool | str


def known_models() -> tuple[str, ...]:
    """The names of those that can be made here: LightGBM is an extra."""
    return tuple(name for name in _MAKERS if name != "lightgbm" or find_spec("lightgbm"))


def inputs_of(row: Mapping[str, FeatureValue], features: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which features are fed as numbers, and which as texts, both in the pack's order."""
    texts = [feature for feature in features if isinstance(row[feature], str)]
    return [feature for feature in features if feature not in texts], texts


def table_of(
    rows: Sequence[Mapping[str, FeatureValue]], numbers: Sequence[str], texts: Sequence[str]
) -> NDArray[np.object_]:
    """rows x inputs, numbers first. Raises InputError: a number is too large for a model."""
    table = np.empty((len(rows), len(numbers) + len(texts)), dtype=object)
    for index, row in enumerate(rows):
        for column, name in enumerate(numbers):
            if abs(row[name]) > FLOAT32_MAX:  # type: ignore[arg-type]
                raise InputError(f"row {index + 1}: the feature `{name}` is too large a number for a model")
            # float32 first: it is what the exported model will be fed.
            table[index, column] = float(np.float32(row[name]))
        table[index, len(numbers) :] = [str(row[name]) for name in texts]
    return table


def model_named(name: str, numbers: int, texts: int, seed: int) -> Any:
    """A pipeline that has learnt nothing yet; `seed` is all of its chance. Raises InputError: none has that name."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if name not in known_models():
        raise InputError(f"there is no strategy `{name[:40]}` here", mend=f"choose one of {', '.join(known_models())}")
    parts: list[Any] = []
    if numbers:
        # A tree gains nothing from scaling, and the exported scaler's float32 would move cases across thresholds.
        parts.append(("numbers", StandardScaler() if name == "logistic" else "passthrough", list(range(numbers))))
    if texts:
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        parts.append(("texts", encoder, list(range(numbers, numbers + texts))))
    return Pipeline([("prepare", ColumnTransformer(parts)), ("classify", _MAKERS[name](seed))])


def onnx_of(pipeline: Any, numbers: int, texts: int, name: str) -> bytes:
    """A fitted pipeline as ONNX: inputs `numbers` and `texts`, outputs `label` and `probabilities`."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType

    inputs: list[Any] = []
    if numbers:
        inputs.append(("numbers", FloatTensorType([None, numbers])))
    if texts:
        inputs.append(("texts", StringTensorType([None, texts])))
    options, opset = {id(pipeline): {"zipmap": False}}, 17
    if type(pipeline.steps[-1][1]).__name__ == "LGBMClassifier":
        _tell_of_lightgbm()
        # Its converter writes this version of the operators of trees, and no other.
        model = convert_sklearn(pipeline, name, inputs, options=options, target_opset={"": opset, "ai.onnx.ml": 3})
    else:
        model = convert_sklearn(pipeline, name, inputs, options=options, target_opset=opset)
    return bytes(model.SerializeToString())


def _logistic(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.5, max_iter=2_000)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=60, max_depth=14, min_samples_leaf=2, random_state=seed)


def _random_trees(seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(n_estimators=64, min_samples_leaf=2, max_features=0.9, random_state=seed)


def _lightgbm(seed: int) -> Any:
    from lightgbm import LGBMClassifier

    return LGBMClassifier(
        n_estimators=80,
        num_leaves=7,
        learning_rate=0.06,
        min_child_samples=10,
        random_state=seed,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )


_MAKERS: dict[str, Callable[[int], Any]] = {
    "logistic": _logistic,
    "forest": _forest,
    "random_trees": _random_trees,
    "lightgbm": _lightgbm,
}


def _tell_of_lightgbm() -> None:
    from lightgbm import LGBMClassifier
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes

    update_registered_converter(
        LGBMClassifier,
        "LightGbmLGBMClassifier",
        calculate_linear_classifier_output_shapes,
        convert_lightgbm,
        options={"nocl": [True, False], "zipmap": [True, False, "columns"]},
        overwrite=True,
    )
