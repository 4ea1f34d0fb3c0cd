"""How features are prepared: scalers, imputers, encoders with their options, codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn import preprocessing as prep
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from bench.models.kind import Kind, fitting
from bench.models.shops import COLOURS, NUMBERS, SIZES, TEXTS

ALL = (*NUMBERS, *TEXTS)
_IGNORED = {"handle_unknown": "ignore"}
_CODED: dict[str, Any] = {"handle_unknown": "use_encoded_value", "unknown_value": -1}


def kinds() -> Iterator[Kind]:
    """All of them."""
    for name, step in _STEPS.items():
        yield Kind(name, fitting(lambda step=step: make_pipeline(step(), _logistic())))  # type: ignore[misc]
    for name, step in _IMPUTERS.items():
        yield Kind(name, fitting(lambda step=step: make_pipeline(step(), _forest())), missing=0.1)  # type: ignore[misc]
    for name, (encoder, imputed, final) in _ENCODERS.items():
        make = lambda encoder=encoder, imputed=imputed, final=final: make_pipeline(  # noqa: E731
            _columns(encoder(), imputed=imputed), final()
        )
        yield Kind(name, fitting(make), features=ALL, missing=0.1, quick=name in _QUICK)
    yield from _codes()
    yield from _missing()


def _logistic() -> Any:  # noqa: ANN401 (any estimator)
    return LogisticRegression(max_iter=1000)


def _forest() -> Any:  # noqa: ANN401
    return RandomForestClassifier(20, random_state=0)


def _columns(encoder: Any, *, imputed: bool) -> Any:  # noqa: ANN401
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder) if imputed else encoder
    return ColumnTransformer([("numbers", SimpleImputer(), list(NUMBERS)), ("texts", texts, list(TEXTS))])


_QUICK = {"infrequent categories", "a missing category that was learned"}
_STEPS: dict[str, Any] = {
    "smallest to largest": prep.MinMaxScaler,
    "robust scaler": prep.RobustScaler,
    "power": prep.PowerTransformer,
    "normalizer": prep.Normalizer,
    "polynomial": lambda: make_pipeline(prep.StandardScaler(), prep.PolynomialFeatures(2)),
    "quantiles": lambda: prep.QuantileTransformer(n_quantiles=50),
    "bins": lambda: prep.KBinsDiscretizer(5, encode="ordinal"),
    "bins, one-hot": lambda: prep.KBinsDiscretizer(5, encode="onehot"),
    "splines": prep.SplineTransformer,
    "a function of numpy's": lambda: prep.FunctionTransformer(np.log1p),
    "binarizer": lambda: prep.Binarizer(threshold=10),
}
_IMPUTERS: dict[str, Any] = {
    "mean": SimpleImputer,
    "median": lambda: SimpleImputer(strategy="median"),
    "neighbours fill": KNNImputer,
    "indicator beside the mean": lambda: SimpleImputer(add_indicator=True),
    "indicator alone": lambda: make_union(SimpleImputer(), MissingIndicator()),
}
_ENCODERS: dict[str, tuple[Any, bool, Any]] = {
    "one-hot, logistic": (lambda: prep.OneHotEncoder(**_IGNORED), True, _logistic),
    "one-hot, forest": (lambda: prep.OneHotEncoder(**_IGNORED), True, _forest),
    "one-hot without the first": (lambda: prep.OneHotEncoder(drop="first", **_IGNORED), True, _logistic),
    "numbered": (lambda: prep.OrdinalEncoder(**_CODED), True, _forest),
    "numbered as listed": (lambda: prep.OrdinalEncoder(categories=[COLOURS, SIZES], **_CODED), True, _forest),
    "numbered, strict": (prep.OrdinalEncoder, True, _forest),
    "a missing category that was learned": (lambda: prep.OneHotEncoder(**_IGNORED), False, _logistic),
    "a number for what is missing": (
        lambda: prep.OrdinalEncoder(encoded_missing_value=-2, **_CODED), False, _forest
    ),
    "means of the target": (lambda: prep.TargetEncoder(random_state=0), True, _logistic),
    "means of the target, learned missing": (lambda: prep.TargetEncoder(random_state=0), False, _logistic),
    "infrequent categories": (
        lambda: prep.OneHotEncoder(min_frequency=200, handle_unknown="infrequent_if_exist"), True, _logistic
    ),
    "at most two categories": (
        lambda: prep.OneHotEncoder(max_categories=2, handle_unknown="infrequent_if_exist"), True, _logistic
    ),
    "a constant for what is missing": (
        lambda: make_pipeline(SimpleImputer(strategy="constant", fill_value="none"), prep.OneHotEncoder(**_IGNORED)),
        False, _logistic,
    ),
}  # fmt: skip


def _codes() -> Iterator[Kind]:
    encoders: dict[str, Any] = {
        "one-hot": lambda: prep.OneHotEncoder(**_IGNORED),
        "numbered": lambda: prep.OrdinalEncoder(**_CODED),
        "means of the target": lambda: prep.TargetEncoder(random_state=0),
    }
    for name, encoder in encoders.items():
        for codes in (float, int, str):
            make = lambda encoder=encoder: make_pipeline(  # noqa: E731
                ColumnTransformer([("code", encoder(), ["region"])], remainder="passthrough"), _logistic()
            )
            kind = f"codes as {codes.__name__}, {name}"
            yield Kind(kind, fitting(make), features=(*NUMBERS, "region"), codes=codes, quick=codes is float)
        make = lambda encoder=encoder: make_pipeline(  # noqa: E731
            ColumnTransformer([("numbers", SimpleImputer(), list(NUMBERS)), ("code", encoder(), ["region"])]),
            _forest(),
        )
        yield Kind(f"codes with blanks, {name}", fitting(make), features=(*NUMBERS, "region"), missing=0.1)
    truth = make_pipeline(
        ColumnTransformer([("open", prep.OneHotEncoder(), ["open"])], remainder="passthrough"), _logistic()
    )
    yield Kind("a truth value, one-hot", fitting(lambda: truth), features=(*NUMBERS, "open"))


def _missing() -> Iterator[Kind]:
    by_type = lambda: make_pipeline(  # noqa: E731
        ColumnTransformer(
            [
                ("numbers", SimpleImputer(), make_column_selector(dtype_include=np.number)),
                ("texts", prep.OneHotEncoder(**_IGNORED), make_column_selector(dtype_exclude=np.number)),
            ]
        ),
        _logistic(),
    )
    yield Kind("columns by their type", fitting(by_type), features=ALL, missing=0.1)
    yield Kind("forest that saw missing values", fitting(_forest), missing=0.1, quick=True)
    yield Kind("histograms that saw missing values", fitting(HistGradientBoostingClassifier), missing=0.1)
    histograms = lambda: make_pipeline(  # noqa: E731
        ColumnTransformer(
            [("texts", prep.OrdinalEncoder(**_CODED | {"unknown_value": np.nan}), list(TEXTS))],
            remainder="passthrough",
        ),
        HistGradientBoostingClassifier(max_iter=20, categorical_features=[0, 1]),
    )
    yield Kind("histograms with categories", fitting(histograms), features=ALL, quick=True)
    yield Kind(
        "histograms with categories by type", fitting(lambda: HistGradientBoostingClassifier(max_iter=20)),
        features=ALL, missing=0.1, prepare=as_categories,
    )  # fmt: skip
    strict = Kind(
        "one-hot that knows no missing value", fitting(lambda: _strict(handled=False)), features=ALL
    )
    yield Kind("one-hot, strict", strict.fit, features=ALL, quick=True)
    lenient = Kind("", fitting(lambda: make_pipeline(SimpleImputer(), _logistic())), missing=0.1)
    yield Kind(
        "logistic without an imputer",
        fitting(_logistic),
        nullable=True,
        refused=True,
        cure=lenient,
        quick=True,
    )
    own = Kind("", fitting(lambda: make_pipeline(prep.FunctionTransformer(np.log1p), _logistic())))
    yield Kind(
        "a function of one's own",
        fitting(lambda: make_pipeline(prep.FunctionTransformer(_doubled), _logistic())),
        refused=True,
        cure=own,
        quick=True,
    )


def _doubled(values: Any) -> Any:  # noqa: ANN401 (a frame or an array)
    return values * 2


def _strict(*, handled: bool) -> Any:  # noqa: ANN401
    encoder = prep.OneHotEncoder(handle_unknown="ignore" if handled else "error")
    return make_pipeline(
        ColumnTransformer([("texts", encoder, list(TEXTS))], remainder="passthrough"), _logistic()
    )


def as_categories(frame: Any) -> Any:  # noqa: ANN401 (a data frame)
    """The texts of a data frame as pandas' own type for categories."""
    import pandas as pd

    known = {"colour": sorted(COLOURS), "size": sorted(SIZES)}
    return frame.assign(
        **{name: pd.Categorical(frame[name], categories=known[name]) for name in TEXTS if name in frame}
    )
