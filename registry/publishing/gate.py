"""The gate to artifacts/: a fitted model is exported, compared with itself as served, and only then written."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from domain.errors import ArbiterError, InvalidArtifact
from domain.requests.request import Answer
from domain.words import JSONValue, Kind
from registry.algorithm import check_answers
from registry.artifacts import (
    FORMAT_VERSION,
    Format,
    Manifest,
    artifact_name,
)
from registry.comparison import TOLERANCE, Numbers, differ, scale_of
from registry.decision_rules import LABEL, MODEL, DecisionRule
from registry.endpoints import EndpointSpec
from registry.features import FeatureType, Row
from registry.publishing.draft import Draft, Place
from registry.publishing.exact_votes import with_exact_votes
from registry.publishing.export import (
    Fills,
    Model,
    ModelExport,
    bare,
    check_fitted,
    check_one_value,
    classes_of,
    is_catboost,
    short_text,
)
from registry.publishing.files.model_files import open_model
from registry.publishing.forms import exported_as, forms_for, libraries_of, refusal_of
from registry.publishing.labels import (
    TrainedOutput,
    check_labels,
    decisions_for,
    differing_labels,
    final_step,
    has_near_ties,
    trained_labels,
)
from registry.publishing.parity import (
    Frame,
    Sample,
    check_batches,
    check_finite,
    check_parity,
    frame_at,
    held_out_sample,
    metrics_of,
    sample_of,
    trained_numbers,
    translation_for,
)
from registry.publishing.reasons.causes import CauseFinder
from registry.publishing.reasons.refusals import explained
from registry.publishing.rows import parity_rows, step_rows
from registry.publishing.translation import FittedModel, Publication, Translation
from registry.runtimes import Runtime

PARITY_ROWS = 10_000
_HELD_OUT_ROWS = 2_000
FIXTURES = 5
FEATURE_FIELDS = ("name", "type", "categories", "minimum", "maximum", "length")


def publish(
    model: Model,
    *,
    spec: EndpointSpec,
    data: Frame | Path,
    name: str,
    version: str,
    out: Path,
    held_out: Frame | Path | None = None,
    fills: Fills | None = None,
    format: Format | str | None = None,
    training_data: Mapping[str, JSONValue] | None = None,
    parameters: Mapping[str, JSONValue] | None = None,
    command: str | None = None,
    replace: bool = False,
) -> Manifest:
    """Write the artifact of a fitted model to `out`/<endpoint>/<name>-<version>, if it passes the gate.

    model: a fitted model of scikit-learn, CatBoost, LightGBM or XGBoost, or the path of a .skops or .cbm file.
    data: what it was trained on (features by name); held_out: rows with ground truth that it never saw, for the
    metrics. fills: what the server puts in place of missing values where the model has no imputer of its own.
    format: the one that is served; without it the fastest in which the model passes.
    The gate: export, load in the serving runtime, agree with the trained model on at least 10,000 rows (with
    missing values, unseen categories and extremes), agree with itself in batches of 1 and of 64.
    Raises InvalidArtifact or InvalidManifest, and then nothing is written.
    """
    place = Place(out, spec.name, artifact_name(name, version), replace=replace)
    if place.folder.exists() and not replace:
        raise InvalidArtifact(f"{place.folder} exists; raise the version, or say that it may be replaced")
    facts = {"parameters": dict(parameters or {}), "command": command}
    return pass_gate(
        model,
        Offer(spec, data, name, version, held_out, dict(fills or {}), format, training_data or {}, facts),
        place,
    ).manifest


@dataclass(frozen=True, slots=True)
class Offer:
    """What is said of a fitted model that is brought to the gate; `facts` go into its manifest as they are."""

    spec: EndpointSpec
    data: Frame | Path
    name: str
    version: str
    held_out: Frame | Path | None = None
    fills: Fills = field(default_factory=dict)
    format: Format | str | None = None
    training_data: Mapping[str, JSONValue] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passed:
    """A model that passed the gate; `new` is False where the same one stood in its place already."""

    manifest: Manifest
    new: bool


def pass_gate(model: Model, offer: Offer, place: Place) -> Passed:
    """Put a fitted model into its place, if it passes; raises as `publish` does."""
    spec = offer.spec
    with Draft(place, {}):
        pass  # A store that cannot be written is known at once, not after all the work.
    fitted = FittedModel(bare(open_model(model) if isinstance(model, Path) else model), spec, offer.fills)
    forms, sample = forms_for(fitted.model, spec, offer.format), sample_of(frame_at(offer.data), spec)
    held = None if offer.held_out is None else held_out_sample(frame_at(offer.held_out), spec)
    trained = _trained_side(fitted, sample, () if held is None else held.rows)
    facts = {"training_data": _training_data(offer.data, sample, offer.training_data), **offer.facts}
    refused: dict[Format, InvalidArtifact] = {}
    for form in forms:
        try:
            exported = exported_as(form, fitted, trained.translation)
        except InvalidArtifact as error:
            refused[form] = error
            continue
        given = Publication(fitted.model, spec, fitted.fills, exported)
        reasons = {"refused_formats": {str(key): error.message for key, error in refused.items()}}
        with Draft(place, _facts(given, offer.name, offer.version) | facts | reasons) as draft:
            try:
                served, measured = _measure(given, draft, trained, held)
                manifest = draft.write(served.exported, served.decision, measured).manifest
            except InvalidArtifact as error:
                refused[form] = error
            else:
                return Passed(manifest, draft.commit())
    raise refusal_of(refused)


@dataclass(frozen=True, slots=True)
class _TrainedSide:
    """What the fitted model itself answers to the rows of the gate, and the words in which it is asked."""

    translation: Translation
    ask: Callable[[Sequence[Row]], Numbers]
    rows: Sequence[Row]
    numbers: Numbers
    output: TrainedOutput | None


def _trained_side(fitted: FittedModel, sample: Sample, held_out: Sequence[Row]) -> _TrainedSide:
    model, spec = fitted.model, fitted.spec
    check_fitted(model)
    classes_of(model, spec)
    if is_catboost(model):
        check_one_value(model, spec)
    translation = translation_for(fitted, sample)
    ask = partial(trained_numbers, model, spec, fills=translation)
    # Many small calls are slower on several threads, which wait for each other.
    rows = parity_rows(spec, sample.rows, PARITY_ROWS)
    if held_out:
        # As many that the model never saw, as they are, with values taken out, and changed.
        rows += parity_rows(spec, held_out, min(_HELD_OUT_ROWS, 2 * len(held_out)), seed=1)
    try:
        with threadpool_limits(limits=1):
            rows += step_rows(spec, sample.rows, ask)
        numbers = ask(rows)
    except InvalidArtifact as error:
        raise explained(error, fitted, sample.rows, ask) from error
    check_finite(numbers, rows, spec)
    output = None
    if spec.kind is Kind.CLASSIFIER:
        output = TrainedOutput(numbers, trained_labels(model, spec, rows, translation))
    return _TrainedSide(translation, ask, rows, numbers, output)


def _measure(
    given: Publication, draft: Draft, trained: _TrainedSide, held: Sample | None
) -> tuple[_ServedForm, Mapping[str, object]]:
    """Everything that must hold before an artifact is written: the form that is served, and facts for the manifest."""
    spec, classes = given.spec, given.exported.classes
    rows, numbers = trained.rows, trained.numbers
    served = _served(given, rows, trained.output, draft)
    runtime, answers = served.runtime, served.answers
    apart = partial(differ, classes=classes, scale=scale_of(numbers, classes))
    usual = next((row for row, bad in zip(rows, apart(numbers, answers), strict=True) if not bad), None)
    causes = CauseFinder(
        given, trained.translation, usual, lambda trials: apart(trained.ask(trials), runtime(trials))
    )
    if trained.output is not None and served.decision is not None and served.decision.method is LABEL.method:
        check_labels(given, rows, answers, trained.output)
    difference = check_parity(spec, rows, numbers, answers, classes, explain=causes.of)
    if trained.output is not None:
        check_labels(given, rows, answers, trained.output)
    batches = check_batches(runtime, rows, classes)
    return served, {
        "parity": {
            "rows": len(rows),
            "tolerance": TOLERANCE,
            "largest_difference": float(f"{difference:.3g}"),
            "largest_difference_in_batches": float(f"{batches:.3g}"),
        },
        "metrics": {} if held is None else metrics_of(spec, runtime(held.rows), held.truths),
        "fixtures": _fixtures(spec, rows, runtime),
    }


@dataclass(frozen=True, slots=True)
class _ServedForm:
    """The model as it will be served, and its answers to the rows of the gate."""

    exported: ModelExport
    decision: DecisionRule | None
    runtime: Runtime
    answers: Sequence[Answer]


def _served(
    given: Publication, rows: Sequence[Row], trained: TrainedOutput | None, draft: Draft
) -> _ServedForm:
    """A regressor as it is; a classifier in the form and by the rule that give the most of the trained labels."""
    exported = given.exported
    ways: list[tuple[ModelExport, DecisionRule | None]] = [(exported, None)]
    if trained is not None:
        ways = [(exported, decision) for decision in decisions_for(given.model, exported, trained)]
        exact = with_exact_votes(exported, final_step(given.model)) if has_near_ties(trained) else None
        ways = ways if exact is None else [(exact, MODEL), *ways]
    tried: list[tuple[int, _ServedForm]] = []
    for form, decision in ways:
        # Each form is written and read back as a server would: what is compared is what will be served.
        runtime = draft.loaded(form, decision, given.spec)
        answers = _answers(runtime, given.spec, rows)
        wrong = [] if trained is None else differing_labels(answers, trained.labels)
        tried.append((len(wrong), _ServedForm(form, decision, runtime, answers)))
        if not wrong:
            break
    return min(tried, key=lambda one: one[0])[1]


def _answers(runtime: Runtime, spec: EndpointSpec, rows: Sequence[Row]) -> list[Answer]:
    """What the served model answers; raises InvalidArtifact where it fails on rows that the endpoint allows."""
    try:
        return check_answers(spec, runtime(rows), len(rows))
    except ArbiterError as error:
        raise InvalidArtifact(
            f"the exported model gives no answer to rows that {spec.name} allows: {error.message}; declare the ranges "
            "('minimum', 'maximum') that the model was trained for in endpoint.json"
        ) from error
    except Exception as error:  # onnxruntime raises classes of its own that share no base but Exception.
        raise InvalidArtifact(
            f"the exported model fails on rows that {spec.name} allows: {short_text(error)}; give its encoders "
            "handle_unknown='ignore' (OneHotEncoder) or 'use_encoded_value' (OrdinalEncoder) and train again"
        ) from error


def _fixtures(spec: EndpointSpec, rows: Sequence[Row], runtime: Runtime) -> list[object]:
    """A few rows with their answers, spread over usual, holed, made-up and extreme ones."""
    positions = [number * (len(rows) - 1) // (FIXTURES - 1) for number in range(FIXTURES)]
    kept = [without_private_texts(spec, rows[position]) for position in positions]
    return [
        {"row": dict(zip(spec.features.names, row, strict=True)), "answer": answer_fields(answer)}
        for row, answer in zip(kept, runtime(kept), strict=True)
    ]


def without_private_texts(spec: EndpointSpec, row: Row) -> Row:
    """The row as a manifest may keep it: what people wrote in confidence gives way to the endpoint's example."""
    example = spec.features.validate(dict(spec.example))
    return tuple(
        shown if feature.private and feature.type is FeatureType.TEXT else value
        for feature, value, shown in zip(spec.features.features, row, example, strict=True)
    )


def answer_fields(answer: Answer) -> dict[str, object]:
    """An answer as a manifest keeps it."""
    if answer.value is not None:
        return {"value": answer.value}
    shares = answer.probabilities
    return {"label": answer.label, "probabilities": None if shares is None else dict(shares)}


def _facts(given: Publication, name: str, version: str) -> dict[str, object]:
    """What the manifest holds of a model before it is measured, in the manifest's order."""
    return facts_of(given.exported, given.spec, name, version) | {
        "libraries": {
            "python": platform.python_version(),
            **libraries_of(given.model, given.exported.format),
        },
    }


def facts_of(exported: ModelExport, spec: EndpointSpec, name: str, version: str) -> dict[str, object]:
    """What a manifest says of any model, in its order; what is measured is still empty."""
    return {
        "manifest_version": FORMAT_VERSION,
        "endpoint": spec.name,
        "algorithm": name,
        "version": version,
        "kind": spec.kind,
        "format": exported.format,
        "layout": exported.layout,
        "target": spec.target,
        "classes": exported.classes,
        "decision": None,
        "positive_class": spec.positive_class,
        "unit": spec.unit,
        "features": [
            {field: getattr(feature, field) for field in FEATURE_FIELDS} for feature in spec.features.features
        ],
        "columns": exported.columns,
        "parity": {},
        "metrics": {},
        "fixtures": [],
    }


def _training_data(data: Frame | Path, sample: Sample, given: Mapping[str, JSONValue]) -> dict[str, object]:
    file = (
        {"name": data.name, "sha256": hashlib.sha256(data.read_bytes()).hexdigest()}
        if isinstance(data, Path)
        else {}
    )
    return {"rows": len(sample.rows), "rows_refused": sample.refused, **file, **given}
