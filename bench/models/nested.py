"""Preparations and models inside one another: pipelines in ensembles, columns by every kind of selection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn import ensemble, preprocessing
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from bench.models.kind import Kind, fitting
from bench.models.shops import NUMBERS, TEXTS


def kinds() -> Iterator[Kind]:
    """All of them."""
    for name, make in _NESTED.items():
        yield Kind(name, fitting(make), features=(*NUMBERS, *TEXTS), missing=0.1)


def _logistic() -> Any:  # noqa: ANN401 (any estimator)
    return LogisticRegression(max_iter=1000)


def _encoder(**options: Any) -> Any:  # noqa: ANN401
    return preprocessing.OneHotEncoder(handle_unknown="ignore", **options)


def _columns(numbers: Any = None, texts: Any = None, **options: Any) -> Any:  # noqa: ANN401
    return ColumnTransformer(
        [
            ("numbers", SimpleImputer(), list(NUMBERS) if numbers is None else numbers),
            ("texts", _encoder(**options), list(TEXTS) if texts is None else texts),
        ]
    )


def _pipeline() -> Any:  # noqa: ANN401
    return make_pipeline(_columns(), _logistic())


def _pair() -> list[tuple[str, Any]]:
    forest = make_pipeline(_columns(), ensemble.RandomForestClassifier(10, random_state=0))
    return [("line", _pipeline()), ("forest", forest)]


def _frames() -> Any:  # noqa: ANN401
    """Steps that hand on data frames, of which the next one selects columns by name."""
    first = _columns(sparse_output=False).set_output(transform="pandas")
    scaled = ColumnTransformer(
        [("area", preprocessing.StandardScaler(), ["numbers__area"])], remainder="passthrough"
    )
    return make_pipeline(first, scaled.set_output(transform="pandas"), _logistic())


_NESTED: dict[str, Callable[[], Any]] = {
    "columns by slices": lambda: make_pipeline(_columns(slice(0, 3), slice("colour", "size")), _logistic()),
    "columns by masks": lambda: make_pipeline(
        _columns([True, True, False, False, False], [False, False, False, True, True]), _logistic()
    ),
    "columns by a pattern": lambda: make_pipeline(
        ColumnTransformer([("a", SimpleImputer(), make_column_selector(pattern="area|share"))]), _logistic()
    ),
    "columns in columns": lambda: make_pipeline(
        ColumnTransformer(
            [("inner", ColumnTransformer([("first", SimpleImputer(), [0])]), ["area", "staff"])]
        ),
        _logistic(),
    ),
    "frames between steps": _frames,
    "pipelines in a pipeline": lambda: make_pipeline(
        make_pipeline(_columns(), VarianceThreshold()), make_pipeline(_logistic())
    ),
    "a union of columns": lambda: make_pipeline(
        make_union(_columns(), _columns(["staff"], ["size"])), _logistic()
    ),
    "votes of pipelines": lambda: ensemble.VotingClassifier(_pair(), voting="soft"),
    "labels of pipelines": lambda: ensemble.VotingClassifier(_pair(), voting="hard"),
    "a stack of pipelines": lambda: ensemble.StackingClassifier(_pair(), cv=3),
    "a calibrated pipeline": lambda: CalibratedClassifierCV(make_pipeline(_columns(), LinearSVC())),
    "a pipeline with a threshold": lambda: FixedThresholdClassifier(_pipeline(), threshold=0.3),
    "a pipeline with a tuned threshold": lambda: TunedThresholdClassifierCV(
        _pipeline(), cv=3, random_state=0
    ),
    "pipelines against the rest": lambda: OneVsRestClassifier(_pipeline()),
    "a search over a pipeline": lambda: GridSearchCV(_pipeline(), {"logisticregression__C": [0.1, 1]}, cv=2),
}
