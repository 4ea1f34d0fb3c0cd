"""Classifiers of scikit-learn on numbers: trees, votes, margins, neighbours, thresholds, calibration."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sklearn import discriminant_analysis as discriminant
from sklearn import ensemble, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.feature_selection import RFE, SelectFromModel, SelectKBest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler

from bench.models.kind import Kind, fitting

Make = Callable[[], Any]


def kinds() -> Iterator[Kind]:
    """All of them."""
    for name, make in _PLAIN.items():
        yield Kind(name, fitting(make), quick=name in _QUICK)
    for target in ("three", "flag", "truth", "large"):
        yield Kind(
            f"forest of {target}",
            fitting(lambda: ensemble.RandomForestClassifier(20, random_state=0)),
            target,
        )
        yield Kind(f"logistic of {target}", fitting(_logistic), target)
    for name in ("one against the rest", "one against one", "SVC of probabilities", "linear SVC", "boosting"):
        yield Kind(f"{name}, three classes", fitting(_PLAIN[name]), "three")
    for name in ("logistic", "scaled logistic", "forest of 20", "histograms"):
        yield Kind(f"{name}, no ranges", fitting(_PLAIN[name]), ranges=False)


def _logistic() -> Any:  # noqa: ANN401 (any estimator)
    return make_pipeline(StandardScaler(), linear_model.LogisticRegression())


def _scaled(final: Any) -> Any:  # noqa: ANN401
    return make_pipeline(StandardScaler(), final)


def _pair() -> list[tuple[str, Any]]:
    return [
        ("forest", ensemble.RandomForestClassifier(20, random_state=0)),
        ("bayes", naive_bayes.GaussianNB()),
    ]


_QUICK = {"forest of 20", "SVC", "votes of labels", "calibrated in steps", "neighbours, 5", "a search"}
_FORESTS: dict[str, Make] = {
    f"forest of {count}": lambda count=count: ensemble.RandomForestClassifier(count, random_state=0)  # type: ignore[misc]
    for count in (10, 20, 30, 40, 50, 60, 100, 200, 250)
}
_PLAIN: dict[str, Make] = _FORESTS | {
    "forest of 20, leaves of 5": lambda: ensemble.RandomForestClassifier(
        20, min_samples_leaf=5, random_state=0
    ),
    "scaled forest": lambda: _scaled(ensemble.RandomForestClassifier(20, random_state=0)),
    "extra trees, 20": lambda: ensemble.ExtraTreesClassifier(20, random_state=0),
    "extra trees, 50": lambda: ensemble.ExtraTreesClassifier(50, random_state=0),
    "tree": lambda: tree.DecisionTreeClassifier(random_state=0),
    "tree, depth 4": lambda: tree.DecisionTreeClassifier(max_depth=4, random_state=0),
    "tree, leaves of 2": lambda: tree.DecisionTreeClassifier(min_samples_leaf=2, random_state=0),
    "bagging": lambda: ensemble.BaggingClassifier(random_state=0),
    "bagged logistic": lambda: ensemble.BaggingClassifier(_logistic(), random_state=0),
    "boosting": lambda: ensemble.GradientBoostingClassifier(n_estimators=30, random_state=0),
    "histograms": lambda: ensemble.HistGradientBoostingClassifier(max_iter=30, random_state=0),
    "ada": lambda: ensemble.AdaBoostClassifier(n_estimators=20, random_state=0),
    "logistic": lambda: linear_model.LogisticRegression(max_iter=1000),
    "scaled logistic": _logistic,
    "SVC of probabilities": lambda: _scaled(svm.SVC(probability=True, random_state=0)),
    "SVC": svm.SVC,
    "NuSVC": lambda: _scaled(svm.NuSVC(nu=0.4)),
    "linear SVC": svm.LinearSVC,
    "SGD of log loss": lambda: _scaled(linear_model.SGDClassifier(loss="log_loss", random_state=0)),
    "SGD of hinge": lambda: linear_model.SGDClassifier(random_state=0),
    "SGD of modified Huber": lambda: _scaled(
        linear_model.SGDClassifier(loss="modified_huber", random_state=0)
    ),
    "perceptron": linear_model.Perceptron,
    "ridge": linear_model.RidgeClassifier,
    "nearest centroid": neighbors.NearestCentroid,
    "perceptron of layers": lambda: _scaled(MLPClassifier((8,), random_state=0, max_iter=200)),
    "neighbours, 5": lambda: _scaled(neighbors.KNeighborsClassifier(5)),
    "neighbours, 4": lambda: neighbors.KNeighborsClassifier(4),
    "neighbours in a ball tree": lambda: neighbors.KNeighborsClassifier(
        algorithm="ball_tree", metric="manhattan"
    ),
    "neighbours by distance": lambda: neighbors.KNeighborsClassifier(weights="distance"),
    "Gaussian Bayes": naive_bayes.GaussianNB,
    "Bernoulli Bayes": naive_bayes.BernoulliNB,
    "multinomial Bayes": naive_bayes.MultinomialNB,
    "linear discriminant": discriminant.LinearDiscriminantAnalysis,
    "quadratic discriminant": discriminant.QuadraticDiscriminantAnalysis,
    "Gaussian process": lambda: _scaled(GaussianProcessClassifier(max_iter_predict=20)),
    "dummy": DummyClassifier,
    "one against the rest": lambda: OneVsRestClassifier(_logistic()),
    "one against one": lambda: OneVsOneClassifier(_logistic()),
    "calibrated in steps": lambda: CalibratedClassifierCV(svm.LinearSVC(), method="isotonic"),
    "calibrated by a sigmoid": lambda: CalibratedClassifierCV(_scaled(svm.SVC()), method="sigmoid"),
    "calibrated by temperature": lambda: CalibratedClassifierCV(_logistic(), method="temperature"),
    "calibrated forest": lambda: CalibratedClassifierCV(ensemble.RandomForestClassifier(20, random_state=0)),
    "votes of probabilities": lambda: ensemble.VotingClassifier(_pair(), voting="soft"),
    "votes, not flattened": lambda: ensemble.VotingClassifier(
        _pair(), voting="soft", flatten_transform=False
    ),
    "votes of labels": lambda: ensemble.VotingClassifier(_pair(), voting="hard"),
    "a stack": lambda: ensemble.StackingClassifier(_pair(), cv=3),
    "tuned threshold": lambda: TunedThresholdClassifierCV(_logistic(), cv=3, random_state=0),
    "fixed threshold": lambda: FixedThresholdClassifier(_logistic(), threshold=0.3),
    "fixed threshold of a forest": lambda: FixedThresholdClassifier(
        ensemble.RandomForestClassifier(20, random_state=0), threshold=0.25
    ),
    "a search": lambda: GridSearchCV(
        tree.DecisionTreeClassifier(random_state=0), {"max_depth": [3, 5]}, cv=3
    ),
    "the best two": lambda: make_pipeline(SelectKBest(k=2), _logistic()),
    "those that a forest picks": lambda: make_pipeline(
        SelectFromModel(ensemble.RandomForestClassifier(5, random_state=0)), _logistic()
    ),
    "those that elimination leaves": lambda: make_pipeline(
        RFE(linear_model.LogisticRegression(max_iter=500), n_features_to_select=2), _logistic()
    ),
    "components": lambda: make_pipeline(StandardScaler(), PCA(2), linear_model.LogisticRegression()),
    "a union": lambda: make_pipeline(make_union(StandardScaler(), PCA(2)), linear_model.LogisticRegression()),
}
