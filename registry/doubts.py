"""What speaks against the answers of an artifact that loads: looked at when it is loaded, and named, never refused."""

from __future__ import annotations

from collections.abc import Iterator

from domain.errors import ArbiterError
from domain.words import Kind
from registry.algorithm import Algorithm
from registry.artifacts import FORMAT_VERSION, Artifact, Column, Format
from registry.comparison import check_valid_fixtures
from registry.decision_rules import LARGEST
from registry.endpoints import EndpointSpec
from registry.features import FeatureType
from registry.runtimes import cbm

_LOGARITHMS = ("Poisson", "Tweedie", "LogLinQuantile")
_TREES = b"TreeEnsemble"
_WORDS = (b"TfIdfVectorizer", b"StringNormalizer", b"Tokenizer")
_STRINGS = b"\x4a"
"""The byte before each text of an ONNX attribute that lists texts; the text's length follows it."""
_LONGEST_TEXT = 127
_CURE = "publish the model again, which compares them"


def doubt_of(artifact: Artifact, instance: Algorithm, spec: EndpointSpec) -> str | None:
    """Why the answers of a loaded artifact may not be the trained model's, as a text; None where nothing is known.

    The rows that its manifest keeps are asked again. An artifact that was published before the gate compared labels
    is looked at for what the gate of that time let pass. Raises nothing: what is in doubt is served.
    """
    if artifact.manifest.format is Format.REMOTE:
        return None  # Its server may be away while this one starts; readiness looks at it again and again.
    try:
        check_valid_fixtures(artifact, instance, spec)
        reasons = list(_unseen_by_the_old_gate(artifact, spec)) if _is_old(artifact) else []
    except ArbiterError as error:
        return f"{error.message}; see whether libraries changed, or publish the model again"
    except Exception as error:  # A plug-in's predict may raise anything; it is served all the same.
        return (
            f"it fails on the rows that its manifest keeps ({type(error).__name__}); publish the model again"
        )
    return f"{'; '.join(reasons)}; {_CURE}" if reasons else None


def _is_old(artifact: Artifact) -> bool:
    version = artifact.manifest.document.get("manifest_version")
    return isinstance(version, int) and version < FORMAT_VERSION


def _unseen_by_the_old_gate(artifact: Artifact, spec: EndpointSpec) -> Iterator[str]:
    """What the gate did not see when it wrote manifests of version 1."""
    content = artifact.model()
    for column in artifact.manifest.columns:
        if not _knows_a_category(column, spec, content, artifact.manifest.format):
            yield (
                f"its encoder knows none of the declared categories of {column.feature!r}, as happens when codes "
                "became floats in the training data"
            )
    if artifact.manifest.format is Format.CBM:
        yield from _unseen_in_catboost(cbm.loads(content, str(artifact.folder)), spec)
    elif spec.kind is Kind.CLASSIFIER:
        yield "it was published before labels were compared with those of the model's own predict"
        if artifact.manifest.format is Format.ONNX and _TREES in content:
            yield "where the votes of its trees are tied, 32-bit sums may choose another class than scikit-learn"
    if artifact.manifest.format is Format.ONNX and any(name in content for name in _WORDS):
        yield "it takes texts apart, and words beyond ASCII were not compared"


def _knows_a_category(column: Column, spec: EndpointSpec, content: bytes, form: Format) -> bool:
    declared = spec.features[column.feature].categories
    if column.type is not FeatureType.CATEGORY or not declared:
        return True
    if column.codes is not None:
        return not set(declared).isdisjoint(column.codes)
    return form is not Format.ONNX or any(_holds(content, category.encode()) for category in declared)


def _holds(content: bytes, text: bytes) -> bool:
    """Whether an ONNX file lists `text`; long ones are taken to be there."""
    return len(text) > _LONGEST_TEXT or _STRINGS + bytes([len(text)]) + text in content


def _unseen_in_catboost(model: object, spec: EndpointSpec) -> Iterator[str]:
    threshold, loss = cbm.threshold_of(model), cbm.loss_of(model)
    if spec.kind is Kind.CLASSIFIER and threshold != LARGEST.threshold:
        yield f"its own threshold of {threshold:g} is not used: the label is the class of the largest probability"
    if spec.kind is Kind.REGRESSOR and loss.startswith(_LOGARITHMS):
        yield f"it was trained with the loss {loss}, and its values may be logarithms"
