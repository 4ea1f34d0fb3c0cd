"""The forms in which a model may be served: the fastest first, each from the same fitted model."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Mapping

from domain.errors import InvalidArtifact
from domain.words import Kind
from registry.artifacts import Format
from registry.endpoints import EndpointSpec
from registry.publishing.export import (
    Model,
    ModelExport,
    export,
    gives_probabilities,
    is_catboost,
)
from registry.publishing.files.onnx_file import OnnxFile
from registry.publishing.table_form import export_table
from registry.publishing.translation import FittedModel, Translation
from registry.runtimes.fitted_parts import parts_of
from registry.runtimes.texts import NOT_IN_ONNX, takes_texts_apart

_LIBRARIES = {
    Format.ONNX: ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy"),
    Format.CBM: ("catboost", "numpy"),
    Format.SKOPS: ("scikit-learn", "skops", "numpy"),
}
_WAY_OUT = re.compile(r";(?: or)? publish it as skops \(format='skops'\)(?:, which [^;]*)?")
_BOOSTERS = ("catboost", "lightgbm", "xgboost")


def forms_for(model: Model, spec: EndpointSpec, asked: Format | str | None) -> tuple[Format, ...]:
    """The formats to try, in order; raises InvalidArtifact for one that the model cannot have."""
    able = (Format.CBM,) if is_catboost(model) else (Format.ONNX, Format.SKOPS)
    textual = not is_catboost(model) and takes_texts_apart(model)
    if isinstance(model, OnnxFile):
        able = (Format.ONNX,)
    elif textual:
        able = (Format.SKOPS,)
    if asked is None:
        labels_only = len(able) > 1 and spec.kind is Kind.CLASSIFIER and not gives_probabilities(model)
        return (Format.SKOPS,) if labels_only else able
    if asked not in able:
        known = " or ".join(repr(str(form)) for form in able)
        why = f" ({NOT_IN_ONNX})" if textual else ""
        raise InvalidArtifact(
            f"{type(model).__name__} cannot be served as {str(asked)!r}, only as {known}{why}; leave the format out to "
            "take the fastest in which it passes"
        )
    return (Format(asked),)


def exported_as(form: Format, fitted: FittedModel, translation: Translation) -> ModelExport:
    """The fitted model in one format; raises InvalidArtifact where that cannot hold it."""
    if isinstance(fitted.model, OnnxFile):
        return fitted.model.exported(fitted.spec, fitted.fills)
    if form is Format.SKOPS:
        return export_table(fitted, translation)
    return export(fitted.model, fitted.spec, fills=fitted.fills)


def libraries_of(model: Model, form: Format) -> dict[str, str]:
    """The libraries that may matter to a model in a form, each with its version."""
    inside = {type(part).__module__.partition(".")[0] for _, part in parts_of(model)}
    # A booster may come in a package of another name, so it is asked itself.
    boosters = {name: str(sys.modules[name].__version__) for name in _BOOSTERS if name in inside}
    return {name: importlib.metadata.version(name) for name in _LIBRARIES[form]} | boosters


def refusal_of(refused: Mapping[Format, InvalidArtifact]) -> InvalidArtifact:
    """Why a model is served in no form: the reason of the last one tried first, it is the least demanding."""
    *others, (last, error) = refused.items()
    # The last form was tried already, so an earlier refusal must not send anybody there.
    reasons = [
        f"as {form}: {_WAY_OUT.sub('', other.message)}"
        for form, other in others
        if other.message != error.message
    ]
    return InvalidArtifact(
        "; ".join([error.message if not reasons else f"as {last}: {error.message}", *reasons])
    )
