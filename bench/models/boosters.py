"""CatBoost, LightGBM and XGBoost: alone, in pipelines, with categories, thresholds, and each loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.models.kind import Kind, fitting
from bench.models.preparations import as_categories
from bench.models.shops import NUMBERS, TEXTS

_CAT: dict[str, Any] = {"iterations": 30, "verbose": False, "allow_writing_files": False, "random_seed": 0}
_LOSSES = (
    "RMSE",
    "MAE",
    "Quantile:alpha=0.8",
    "Huber:delta=1.0",
    "LogCosh",
    "MAPE",
    "Expectile:alpha=0.7",
    "Lq:q=1.5",
)
_ALL = (*NUMBERS, *TEXTS)


def kinds() -> Iterator[Kind]:
    """All of them, those of LightGBM and XGBoost where these are installed."""
    yield from _catboost()
    yield from _lightgbm()
    yield from _xgboost()


def _cat(**options: Any) -> Any:  # noqa: ANN401 (no type stubs)
    return CatBoostClassifier(**_CAT, **options)


def _catboost() -> Iterator[Kind]:
    yield Kind("CatBoost", fitting(_cat), quick=True)
    yield Kind("CatBoost that saw missing values", fitting(_cat), missing=0.1)
    for target in ("three", "flag", "truth"):
        yield Kind(f"CatBoost of {target}", fitting(_cat), target)
    yield Kind("CatBoost, cross entropy", fitting(lambda: _cat(loss_function="CrossEntropy")), "flag")
    yield Kind(
        "CatBoost, one against all", fitting(lambda: _cat(loss_function="MultiClassOneVsAll")), "three"
    )
    yield Kind("CatBoost with a threshold", _with_threshold)
    yield Kind("CatBoost in a pipeline", fitting(lambda: make_pipeline(StandardScaler(), _cat())), quick=True)
    categories = fitting(lambda: _cat(cat_features=list(TEXTS)))
    yield Kind("CatBoost with categories", categories, features=_ALL)
    filled = Kind(
        "CatBoost with missing categories", categories, features=_ALL, missing=0.1, prepare=_filled,
        fills={"colour": "missing", "size": "missing"}, as_read=True,
    )  # fmt: skip
    yield filled
    yield Kind(
        "CatBoost without a fill", categories, features=_ALL, missing=0.1, prepare=_filled, as_read=True,
        refused=True, cure=filled,
    )  # fmt: skip
    for loss in _LOSSES:
        yield Kind(f"CatBoost, {loss.partition(':')[0]}", fitting(_regressor(loss)), "sales")
    for loss in ("Poisson", "Tweedie:variance_power=1.5"):
        yield Kind(f"CatBoost, {loss.partition(':')[0]}", fitting(_regressor(loss)), "ratio")
    for loss, instead in (
        ("RMSEWithUncertainty", "RMSE"),
        ("MultiQuantile:alpha=0.2,0.8", "Quantile:alpha=0.5"),
    ):
        cure = Kind("", fitting(_regressor(instead)), "sales")
        yield Kind(
            f"CatBoost, {loss.partition(':')[0]}", fitting(_regressor(loss)), "sales", refused=True, cure=cure
        )


def _regressor(loss: str) -> Any:  # noqa: ANN401
    return lambda: CatBoostRegressor(loss_function=loss, **_CAT)


def _with_threshold(features: Any, target: Any) -> Any:  # noqa: ANN401
    model = _cat().fit(features, target)
    model.set_probability_threshold(0.25)
    return model


def _filled(frame: Any) -> Any:  # noqa: ANN401
    return frame.fillna(dict.fromkeys(TEXTS, "missing"))


def _lightgbm() -> Iterator[Kind]:
    try:
        from lightgbm import LGBMClassifier, LGBMRegressor
    except ImportError:
        return

    def classifier() -> Any:  # noqa: ANN401
        return LGBMClassifier(n_estimators=20, verbose=-1)

    yield Kind("LightGBM", fitting(classifier), quick=True)
    yield Kind("LightGBM of three", fitting(classifier), "three")
    yield Kind("LightGBM that saw missing values", fitting(classifier), missing=0.1)
    yield Kind("LightGBM in a pipeline", fitting(lambda: make_pipeline(StandardScaler(), classifier())))
    yield Kind("LightGBM, calibrated", fitting(lambda: CalibratedClassifierCV(classifier(), cv=3)))
    yield Kind(
        "LightGBM with categories",
        fitting(classifier),
        features=_ALL,
        missing=0.1,
        prepare=as_categories,
        quick=True,
    )
    for objective in ("regression", "quantile", "poisson"):
        make = lambda objective=objective: LGBMRegressor(n_estimators=20, verbose=-1, objective=objective)  # noqa: E731
        yield Kind(f"LightGBM, {objective}", fitting(make), "ratio")


def _xgboost() -> Iterator[Kind]:
    try:
        from xgboost import XGBClassifier, XGBRegressor, XGBRFRegressor
    except ImportError:
        return

    def classifier(**options: Any) -> Any:  # noqa: ANN401
        return XGBClassifier(n_estimators=20, **options)

    yield Kind("XGBoost", fitting(classifier), "flag", quick=True)
    yield Kind("XGBoost that saw missing values", fitting(classifier), "flag", missing=0.1)
    yield Kind(
        "XGBoost in a pipeline", fitting(lambda: make_pipeline(StandardScaler(), classifier())), "flag"
    )
    yield Kind(
        "XGBoost with categories", fitting(lambda: classifier(enable_categorical=True)), "flag", features=_ALL,
        missing=0.1, prepare=as_categories,
    )  # fmt: skip
    for objective in ("reg:squarederror", "reg:gamma", "count:poisson"):
        make = lambda objective=objective: XGBRegressor(n_estimators=20, objective=objective)  # noqa: E731
        yield Kind(f"XGBoost, {objective}", fitting(make), "ratio")
    yield Kind("XGBoost forest", fitting(lambda: XGBRFRegressor(n_estimators=20)), "sales")
