"""The files that a fitted model may come in; none of them runs code when it is opened."""

from __future__ import annotations

from pathlib import Path

from domain.errors import InvalidArtifact
from registry.publishing.export import Model
from registry.runtimes import cbm, skops

_READERS = {".cbm": cbm.loads, ".skops": skops.loads}
_PICKLED = (
    "a pickle may run any code when it is loaded, so Arbiter never loads one; where the model was trained, "
    "save it with skops.io.dump(model, 'model.skops') and publish that file"
)
_NOT_READ = {
    **dict.fromkeys((".pkl", ".pickle", ".joblib", ".sav", ".p"), _PICKLED),
    ".onnx": "without the trained model nothing proves that the file answers the same; "
    "publish the scikit-learn model it was made from, as .skops",
}


def open_model(path: Path) -> Model:
    """The fitted model in a file: `.cbm` (CatBoost) or `.skops` (scikit-learn, trusted types only).

    Raises InvalidArtifact, with the cure, for pickles (loading one runs whatever code it holds), for ONNX files
    (there is no trained model left to compare with), and for files that cannot be read.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InvalidArtifact(f"model file {path} does not exist")
    if suffix not in _READERS:
        unknown = (
            "unknown kind of model file; publish a .cbm or a .skops file, which skops.io.dump(model, 'model.skops') "
            "writes for models of LightGBM and XGBoost too"
        )
        raise InvalidArtifact(f"{path}: {_NOT_READ.get(suffix, unknown)}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidArtifact(f"{path} cannot be read: {error.strerror}") from error
    return _READERS[suffix](content, str(path))
