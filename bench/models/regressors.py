"""Regressors of scikit-learn on numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn import ensemble, linear_model, neighbors, svm, tree
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.dummy import DummyRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.models.kind import Kind, fitting

_QUICK = {"neighbours mean", "logarithm of the target", "isolation forest"}


def kinds() -> Iterator[Kind]:
    """All of them."""
    for name, make in _SALES.items():
        yield Kind(name, fitting(make), "sales", quick=name in _QUICK)
    for name, make in _RATIO.items():
        yield Kind(name, fitting(make), "ratio", quick=name in _QUICK)
    for name in ("least squares", "forest mean", "ridge regression"):
        yield Kind(f"{name}, no ranges", fitting(_SALES[name]), "sales", ranges=False)
    clipped = Kind("isotonic", fitting(lambda: IsotonicRegression(out_of_bounds="clip")), "sales", ("area",))
    yield clipped
    yield Kind(
        "isotonic, NaN beyond the data",
        fitting(IsotonicRegression),
        "sales",
        ("area",),
        refused=True,
        cure=clipped,
    )


def _scaled(final: Any) -> Any:  # noqa: ANN401 (any estimator)
    return make_pipeline(StandardScaler(), final)


def _histograms(**options: Any) -> Callable[[], Any]:  # noqa: ANN401
    return lambda: ensemble.HistGradientBoostingRegressor(max_iter=30, random_state=0, **options)


def _pair() -> list[tuple[str, Any]]:
    return [("line", linear_model.LinearRegression()), ("tree", tree.DecisionTreeRegressor(max_depth=3))]


_SALES: dict[str, Callable[[], Any]] = {
    "least squares": linear_model.LinearRegression,
    "ridge regression": lambda: _scaled(linear_model.Ridge()),
    "lasso": linear_model.Lasso,
    "elastic net": linear_model.ElasticNet,
    "Huber": lambda: _scaled(linear_model.HuberRegressor()),
    "Bayesian ridge": linear_model.BayesianRidge,
    "Theil-Sen": lambda: linear_model.TheilSenRegressor(random_state=0, max_subpopulation=500),
    "RANSAC": lambda: linear_model.RANSACRegressor(random_state=0),
    "SGD": lambda: _scaled(linear_model.SGDRegressor(random_state=0)),
    "a quantile": lambda: linear_model.QuantileRegressor(alpha=0, quantile=0.8),
    "least squares in parts": lambda: PLSRegression(2),
    "tree mean": lambda: tree.DecisionTreeRegressor(random_state=0),
    "forest mean": lambda: ensemble.RandomForestRegressor(20, random_state=0),
    "extra trees mean": lambda: ensemble.ExtraTreesRegressor(20, random_state=0),
    "boosted mean": lambda: ensemble.GradientBoostingRegressor(n_estimators=30, random_state=0),
    "boosted Huber": lambda: ensemble.GradientBoostingRegressor(
        loss="huber", n_estimators=30, random_state=0
    ),
    "histograms mean": _histograms(),
    "histograms quantile": _histograms(loss="quantile", quantile=0.8),
    "ada mean": lambda: ensemble.AdaBoostRegressor(n_estimators=20, random_state=0),
    "bagged mean": lambda: ensemble.BaggingRegressor(random_state=0),
    "SVR": lambda: _scaled(svm.SVR()),
    "linear SVR": lambda: _scaled(svm.LinearSVR()),
    "neighbours mean": lambda: _scaled(neighbors.KNeighborsRegressor()),
    "layers": lambda: _scaled(MLPRegressor(hidden_layer_sizes=(8,), random_state=0, max_iter=300)),
    "Gaussian process mean": lambda: _scaled(GaussianProcessRegressor(alpha=1.0)),
    "kernel ridge": lambda: _scaled(KernelRidge(kernel="rbf")),
    "votes mean": lambda: ensemble.VotingRegressor(_pair()),
    "a stack of means": lambda: ensemble.StackingRegressor(_pair(), cv=3),
    "dummy mean": DummyRegressor,
    "isolation forest": lambda: ensemble.IsolationForest(n_estimators=20, random_state=0),
}
_RATIO: dict[str, Callable[[], Any]] = {
    "Poisson": lambda: _scaled(linear_model.PoissonRegressor()),
    "gamma": lambda: _scaled(linear_model.GammaRegressor()),
    "Tweedie": lambda: _scaled(linear_model.TweedieRegressor(power=1.5)),
    "histograms of Poisson": _histograms(loss="poisson"),
    "histograms of gamma": _histograms(loss="gamma"),
    "logarithm of the target": lambda: TransformedTargetRegressor(
        linear_model.LinearRegression(), func=np.log1p, inverse_func=np.expm1
    ),
}
