"""The files that a fitted model may come in; none of them runs code when it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from domain.errors import InvalidArtifact
from domain.extras import cure
from registry.artifacts import LARGEST_MODEL, size_text
from registry.publishing.export import Model, short_text
from registry.publishing.files.onnx_file import OnnxFile
from registry.runtimes import cbm, skops

_READ = (".skops", ".cbm", ".ubj", ".json", ".onnx")
_XGBOOST = (".ubj", ".json")
_PICKLED = (
    "a pickle may run any code when it is loaded, so Arbiter never loads one; where the model was trained, "
    "save it with skops.io.dump(model, 'model.skops') and publish that file"
)
_LIGHTGBM = (
    "a text file of LightGBM holds the trees without their classes and columns; where the model was trained, save the "
    "LGBMClassifier or LGBMRegressor with skops.io.dump(model, 'model.skops') and publish that file"
)
_NOT_READ = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".sav", ".p"), _PICKLED),
    **dict.fromkeys((".txt", ".lgb"), _LIGHTGBM),
}
_UNKNOWN = (
    "unknown kind of model file; publish a .skops file, which skops.io.dump(model, 'model.skops') writes for models of "
    "scikit-learn, LightGBM and XGBoost, a .cbm file of CatBoost, a .ubj file of XGBoost, or an .onnx file"
)


def open_model(path: Path, classes: Sequence[object] = ()) -> Model:
    """The fitted model in a file: `.skops`, `.cbm` (CatBoost), `.ubj` or `.json` (XGBoost), `.onnx`.

    classes: those of an ONNX classifier that does not list its own.
    Raises InvalidArtifact, with the cure, for pickles (loading one runs whatever code it holds), for files that are too
    large to be served, and for files that cannot be read.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InvalidArtifact(f"model file {path} does not exist")
    if suffix in _NOT_READ or suffix not in _READ:
        raise InvalidArtifact(f"{path}: {_NOT_READ.get(suffix, _UNKNOWN)}")
    try:
        size = path.stat().st_size
        if size > LARGEST_MODEL:
            raise InvalidArtifact(
                f"{path} has {size_text(size)}, and a server loads at most {size_text(LARGEST_MODEL)}; train a smaller "
                "model (fewer or shallower trees, min_samples_leaf, fewer neighbours)"
            )
        content = path.read_bytes()
    except OSError as error:
        raise InvalidArtifact(f"{path} cannot be read: {error.strerror}") from error
    if suffix == ".onnx":
        return OnnxFile(content, str(path), classes)
    if suffix in _XGBOOST:
        return _xgboost(content, str(path))
    return cbm.loads(content, str(path)) if suffix == ".cbm" else _skops(content, str(path))


def _skops(content: bytes, place: str) -> Model:
    import sklearn

    try:
        return skops.loads(content, place)
    except InvalidArtifact as error:
        writer, here = skops.writer_of(content), sklearn.__version__
        if writer in (None, here):
            raise
        raise InvalidArtifact(
            f"{error.message}; scikit-learn {writer} wrote the file, and this is {here}: fit the model with {here} and "
            f"save it again, or publish and serve it where {writer} is installed"
        ) from error


def _xgboost(content: bytes, place: str) -> Any:  # noqa: ANN401 (any estimator)
    """XGBoost's own file as the estimator that it is: a classifier's classes are the numbers from 0."""
    try:
        import xgboost
    except ModuleNotFoundError:
        raise InvalidArtifact(
            f"{place}: the model needs xgboost, which is not installed: {cure('xgboost')}"
        ) from None
    try:
        booster = xgboost.Booster(model_file=bytearray(content))
        objective = str(orjson.loads(booster.save_config())["learner"]["objective"]["name"])
        named = {
            **dict.fromkeys(("binary", "multi"), xgboost.XGBClassifier),
            **dict.fromkeys(("reg", "count"), xgboost.XGBRegressor),
        }
        kind = named.get(objective.partition(":")[0])
        if kind is None:
            raise InvalidArtifact(
                f"{place}: its objective {objective} is neither of a classifier nor of a regressor; Arbiter serves "
                "these two"
            )
        model = kind()
        model.load_model(bytearray(content))
    except xgboost.core.XGBoostError as error:
        raise InvalidArtifact(
            f"{place}: XGBoost {xgboost.__version__} cannot load the model: {short_text(error)}; save it with "
            "model.save_model('model.ubj') and publish that file"
        ) from error
    return model
