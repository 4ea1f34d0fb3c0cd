"""Train the two algorithms of `wine_cultivar`: python -m training.wine.

The data set is one that scikit-learn itself ships: 178 wines of three grapes. No network and no file are needed. The
artifacts are algorithms by themselves: no class stands for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.words import Status
from registry.artifacts import Serving
from training.data import CULTIVAR, SEED
from training.models import Grid, Trainer, Training, best_of, prepared, training_of

OWNER = "DTA"
LICENCE = "CC BY 4.0: Wine, UCI Machine Learning Repository, Aeberhard and Forina 1992"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, choose and publish; prints one line for each algorithm."""
    training = training_of("wine_cultivar", "wine", LICENCE, "training.wine", arguments, trainers=TRAINERS)
    for name in training.algorithms:
        TRAINERS[name](training)


def logistic_regression(training: Training) -> None:
    """`logistic regression` 0.1.0."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    fixed = {"max_iter": 1000}
    grid: Grid = {"C": [0.03, 0.1, 0.3, 1.0, 3.0]}
    pipeline = prepared(training.spec, StandardScaler(), LogisticRegression(**fixed))
    model, chosen = best_of(pipeline, grid, training.data, CULTIVAR, "neg_log_loss")
    serving = Serving(
        OWNER, "Logistic regression on standardised figures.", Status.PRODUCTION, "2026-11-30T12:00:00Z"
    )
    training.publish(model, "logistic regression", "0.1.0", fixed | chosen, {}, serving=serving)


def extra_trees(training: Training) -> None:
    """`extra trees` 0.1.0."""
    from sklearn.ensemble import ExtraTreesClassifier

    fixed = {"n_estimators": 100, "random_state": SEED, "n_jobs": 2}
    grid: Grid = {"min_samples_leaf": [1, 2, 4], "max_features": ["sqrt", 6]}
    pipeline = prepared(training.spec, ExtraTreesClassifier(**fixed))
    model, chosen = best_of(pipeline, grid, training.data, CULTIVAR, "neg_log_loss")
    serving = Serving(
        OWNER,
        "Extra trees: a forest that draws its thresholds at random.",
        Status.TESTING,
        "2026-11-30T12:00:01Z",
    )
    training.publish(model, "extra trees", "0.1.0", fixed | chosen, {}, serving=serving)


TRAINERS: Mapping[str, Trainer] = {
    "logistic regression": logistic_regression,
    "extra trees": extra_trees,
}
"""By name, in the order in which they are trained."""


if __name__ == "__main__":
    main()
