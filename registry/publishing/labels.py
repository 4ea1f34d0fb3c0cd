"""The fitted model's own labels, and how the server decides so that it gives the same ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from domain.errors import InvalidArtifact
from domain.requests.request import Answer
from registry.artifacts import Format
from registry.comparison import Numbers
from registry.decision_rules import LABEL, LARGEST, MODEL, DecisionMethod, DecisionRule
from registry.endpoints import EndpointSpec, class_name
from registry.features import Row
from registry.publishing.export import Fills, Model, ModelExport, gives_probabilities, is_catboost
from registry.publishing.parity import call_model
from registry.publishing.table_form import dumped
from registry.publishing.translation import Publication, Translation
from registry.runtimes import cbm
from registry.shown_values import shown_row

STEP = 2.0**-24
"""The distance of neighbouring 32-bit floats from a half to 1."""
_LEAST_TERMS = 4
_NOISE = 1e-12
_BORDER = 1e-4
_VOTERS = {
    "BaggingClassifier", "CalibratedClassifierCV", "DecisionTreeClassifier", "ForestClassifier",
    "KNeighborsClassifier", "RadiusNeighborsClassifier", "VotingClassifier",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainedOutput:
    """What the fitted model itself says of some rows: probabilities in its own order of classes, and labels."""

    probabilities: Numbers
    labels: tuple[str, ...]


def trained_labels(
    model: Model, spec: EndpointSpec, rows: Sequence[Row], fills: Fills | Translation
) -> tuple[str, ...]:
    """What the fitted model's own `predict` answers, as names of classes.

    Raises InvalidArtifact when the model refuses rows that the endpoint allows.
    """
    if is_catboost(model):
        labels = call_model(model, spec, rows, fills, partial(model.predict, prediction_type="Class"))
    else:
        with _in_order(model):
            labels = call_model(model, spec, rows, fills, model.predict)
    return tuple(class_name(value) for value in np.asarray(labels).ravel().tolist())


@contextmanager
def _in_order(model: Model) -> Iterator[None]:
    """Holds a model to one job: several add votes as they come, and the order of sums decides between tied classes."""
    jobs = {name: value for name, value in model.get_params().items() if name.split("__")[-1] == "n_jobs"}
    model.set_params(**dict.fromkeys(jobs, 1))
    try:
        yield
    finally:
        model.set_params(**jobs)


def has_near_ties(trained: TrainedOutput) -> bool:
    """Whether the classes of any row are tied but for the last bits of 64-bit sums, which 32 bits cannot keep."""
    return bool((_tied(trained.probabilities, _NOISE) & ~_tied(trained.probabilities, 0.0)).any())


def decisions_for(model: Model, exported: ModelExport, trained: TrainedOutput) -> tuple[DecisionRule, ...]:
    """The ways in which the model may decide, the likeliest first; the gate takes the first that gives its labels.

    A threshold is read from the model. Shares of votes are tied often, and 32-bit sums tell tied shares apart where
    scikit-learn's 64-bit ones take the first class. A support vector machine decides by its decision function.
    """
    if not gives_probabilities(model):
        return (LABEL,)
    final = final_step(model)
    width = terms_of(final) * STEP if exported.format is Format.ONNX else 0.0
    threshold = _threshold_of(model, final, exported.classes or ())
    if threshold is not None:
        votes = _gives_vote_shares(getattr(final, "estimator_", None) or getattr(final, "estimator", final))
        return (replace(threshold, width=width if votes else 0.0), MODEL)
    if type(final).__name__ in ("SVC", "NuSVC"):
        return (MODEL, LARGEST)
    if exported.format is not Format.ONNX:
        return (LARGEST, MODEL)
    first = DecisionRule(DecisionMethod.FIRST_WITHIN, width=width)
    if _gives_vote_shares(final) or _tied(trained.probabilities, 0.0).any():
        return (first, MODEL, LARGEST)
    return (LARGEST, MODEL, first)


def final_step(model: Model) -> Model:
    """The estimator that decides at the end of a pipeline, or of a search that refitted its best one."""
    if hasattr(model, "steps"):
        return final_step(model.steps[-1][1])
    if hasattr(model, "best_estimator_"):
        return final_step(model.best_estimator_)
    return final_step(model.estimator) if type(model).__name__ == "FrozenEstimator" else model


def terms_of(final: Model) -> int:
    """How many 32-bit terms a share of votes is the sum of, at least four.

    A sum of n times 1/n drifts by at most .26 n steps of 2**-24 for every n up to 500, and by as much again in what is
    left of 1 for the other class: n steps hold both, and are less than the distance 1/n of two different shares up to
    n = 4096.
    """
    return max(_LEAST_TERMS, _terms(final))


def _terms(model: Model) -> int:
    model = final_step(model)
    # An array where boosting keeps a tree for each class, else a list, whose members numpy must not look into.
    estimators = getattr(model, "estimators_", ())
    parts = list(estimators.ravel() if isinstance(estimators, np.ndarray) else estimators)
    parts += [part.estimator for part in getattr(model, "calibrated_classifiers_", ())]
    inner = getattr(model, "estimator_", None)
    if not parts and inner is not None:
        return _terms(inner)
    return len(parts) + max(map(_terms, parts), default=int(getattr(model, "n_neighbors", 0) or 0))


def _gives_vote_shares(model: Model) -> bool:
    """Whether the model's probabilities are shares of votes, or of the cases in a leaf, which are tied often."""
    return any(base.__name__ in _VOTERS for base in type(final_step(model)).__mro__)


def _threshold_of(model: Model, final: Model, classes: Sequence[str]) -> DecisionRule | None:
    """The threshold that the model keeps for the probability of one of two classes; None where it keeps none."""
    if len(classes) != 2:  # noqa: PLR2004
        return None
    if is_catboost(model):
        threshold = cbm.threshold_of(model)
        return None if threshold == LARGEST.threshold else _threshold(threshold, classes[1], inclusive=False)
    if type(final).__name__ == "TunedThresholdClassifierCV":
        scorer = getattr(final, "_curve_scorer", None)
        positive = None if scorer is None else scorer._get_pos_label()
        return _threshold(float(final.best_threshold_), _positive(positive, classes))
    if type(final).__name__ == "FixedThresholdClassifier" and _by_probability(final):
        threshold = LARGEST.threshold if final.threshold == "auto" else float(final.threshold)
        return _threshold(threshold, _positive(final.pos_label, classes))
    return None


def _threshold(threshold: float, positive: str, *, inclusive: bool = True) -> DecisionRule | None:
    if not math.isfinite(threshold):
        return None
    return DecisionRule(DecisionMethod.THRESHOLD, threshold=threshold, positive=positive, inclusive=inclusive)


def _positive(label: object, classes: Sequence[str]) -> str:
    return classes[1] if label is None else class_name(np.asarray(label).item())


def _by_probability(final: Model) -> bool:
    inner, method = getattr(final, "estimator_", final.estimator), final.response_method
    return bool(method == "predict_proba" or (method == "auto" and hasattr(inner, "predict_proba")))


def _tied(probabilities: Numbers, within: float) -> np.typing.NDArray[np.bool_]:
    """For each row, whether its two largest probabilities are at most `within` apart."""
    largest = np.sort(probabilities, axis=1)[:, -2:]
    return largest[:, -1] - largest[:, 0] <= within if largest.shape[1] > 1 else np.zeros(len(largest), bool)


def differing_labels(answers: Sequence[Answer], labels: Sequence[str]) -> list[int]:
    """The positions at which a served label is not the fitted model's own."""
    return [
        position
        for position, (answer, label) in enumerate(zip(answers, labels, strict=True))
        if answer.label != label
    ]


def check_labels(
    given: Publication, rows: Sequence[Row], answers: Sequence[Answer], trained: TrainedOutput
) -> None:
    """Raises InvalidArtifact, with a row, the reason and a cure, unless every label is the fitted model's own."""
    wrong = differing_labels(answers, trained.labels)
    if not wrong:
        return
    first = wrong[0]
    raise InvalidArtifact(
        f"the served label differs from the trained model's predict for {len(wrong)} of {len(rows)} rows, first for "
        f"{shown_row(given.spec.features.names, rows[first])}: predict answers {trained.labels[first]!r}, "
        f"served is {answers[first].label!r} with probabilities {dict(answers[first].probabilities or {})}; "
        f"{_reason(trained.probabilities[wrong], given.model)}; {_cure(given)}"
    )


def _reason(probabilities: Numbers, model: Model) -> str:
    if _tied(probabilities, 0.0).any() or not _tied(probabilities, _BORDER).all():
        return f"{type(final_step(model)).__name__} decides by something else than its probabilities"
    if _tied(probabilities, _NOISE).all():
        return (
            "its classes are tied there but for the last bits of 64-bit sums, which 32-bit ONNX does not keep"
        )
    return "the row lies on the border of two classes, where 32-bit rounding decides"


def _cure(given: Publication) -> str:
    if can_be_skops(given):
        return "publish it as skops (format='skops'), which asks the model's own predict"
    return (
        "no form that Arbiter serves decides so: train a model whose label follows from its probabilities, such as "
        "CalibratedClassifierCV or RandomForestClassifier"
    )


def can_be_skops(given: Publication) -> bool:
    """Whether a model that goes out as ONNX can be skops: its file holds trusted types only."""
    if given.exported.format is not Format.ONNX:
        return False
    try:
        dumped(given.model)
    except InvalidArtifact:  # This only asks whether it is a way out.
        return False
    return True
