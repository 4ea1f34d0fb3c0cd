"""Fit a kind of model, publish it, load it as a server does, and compare every answer with the model's own."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.models.kind import Kind
from bench.models.shops import TRAINED, changed, endpoint, json_rows, shops, write_endpoint
from domain.errors import ArbiterError
from domain.requests.request import Answer
from domain.words import JSONValue, Status
from registry.artifacts import read_artifact
from registry.endpoints import EndpointSpec, class_name
from registry.publishing import publish
from registry.runtimes import load_runtime

CLOSE = 1e-5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a kind: `equal`, `refused`, or `wrong`; the format that serves it; what there is to say."""

    kind: str
    state: str
    said: str = ""
    format: str = ""
    seconds: float = 0.0
    difference: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """The outcome of a kind, and where it was published: rows as callers send them, with what is served for them."""

    outcome: Outcome
    spec: EndpointSpec
    folder: Path
    rows: Sequence[Mapping[str, JSONValue]] = ()
    answers: Sequence[Answer] = ()


def tried(kind: Kind, root: Path, name: str = "shops") -> Trial:
    """Fit a kind, publish it below `root` for the endpoint `name`, and compare it on held-out and changed rows."""
    spec = endpoint(name, kind.target, kind.features, nullable=kind.may_be_missing, ranges=kind.ranges)
    folder, names = root / name / "tried-1", list(kind.features)
    write_endpoint(spec, root)
    data = shops(kind.missing, codes=kind.codes)
    train, others = data[:TRAINED], data[TRAINED:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = kind.prepare(train[names].copy())
        model = kind.fit(prepared, train[kind.target])
        given = (train[names] if kind.as_read else prepared).assign(**{kind.target: train[kind.target]})
        begin = time.perf_counter()
        try:
            published = publish(
                model,
                given,
                endpoint=name,
                name="tried",
                version="1",
                owner="bench",
                status=Status.PRODUCTION,
                fills=kind.fills,
                out=root,
            )
        except ArbiterError as error:
            seconds = time.perf_counter() - begin
            return Trial(Outcome(kind.name, "refused", error.message, seconds=seconds), spec, folder)
        seconds = time.perf_counter() - begin
        holes = kind.may_be_missing and not kind.fills
        parts = [others[names], changed(others, kind.features, holes=holes)[names]]
        rows = [row for part in parts for row in json_rows(part, spec)]
        runtime = load_runtime(read_artifact(folder), spec)
        answers = runtime([spec.features.validate(dict(row)) for row in rows])
        frames = [kind.prepare(part.reset_index(drop=True)) for part in parts]
        difference, said = compared(model, spec, frames, answers)
    state = "wrong" if said or difference > CLOSE else "equal"
    outcome = Outcome(kind.name, state, said, str(published.format), seconds, difference)
    return Trial(outcome, spec, folder, rows, answers)


def compared(
    model: Any,  # noqa: ANN401 (any estimator)
    spec: EndpointSpec,
    frames: Sequence[Any],
    answers: Sequence[Answer],
) -> tuple[float, str]:
    """The largest difference from the model's own answers to the same data frames, and what is wrong besides."""
    own = np.concatenate([np.asarray(model.predict(frame)).ravel() for frame in frames])
    if spec.classes is None:
        served = np.array([answer.value for answer in answers], dtype=np.float64)
        plain = all(type(answer.value) is float for answer in answers)
        apart = float(np.abs(served - own).max()) / (float(np.ptp(own)) or 1.0)
        return apart, "" if plain else "a value is no float"
    wrong = sum(a.label != class_name(v) for a, v in zip(answers, own.tolist(), strict=True))
    said = f"{wrong} labels differ" if wrong else ""
    if not hasattr(model, "predict_proba"):
        return 0.0, said
    shares = np.concatenate([np.asarray(model.predict_proba(frame)) for frame in frames])
    classes = [class_name(value) for value in np.asarray(model.classes_).tolist()]
    served = np.array([[(answer.probabilities or {})[name] for name in classes] for answer in answers])
    return float(np.abs(shares - served).max()), said
