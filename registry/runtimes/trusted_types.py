"""What a skops file may be built of: names of classes and functions, beyond those that skops itself trusts.

skops trusts scikit-learn's estimators, numpy's numbers and element-wise functions. Listed here is what fitted
estimators hold besides. Nothing on the list opens, loads, saves or evaluates anything, and no function of a user's own
is ever on it. A person extends the list, never the file that is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

_DISTANCES = (
    "BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Haversine", "Jaccard", "Mahalanobis",
    "Manhattan", "Minkowski", "RogersTanimoto", "RussellRao", "SEuclidean", "SokalSneath",
)  # fmt: skip

_SCIKIT_LEARN: Mapping[str, tuple[str, ...]] = {
    "sklearn._loss.loss": ("HalfTweedieLoss", "HalfTweedieLossIdentity"),
    "sklearn.calibration": ("_CalibratedClassifier", "_SigmoidCalibration", "_TemperatureScaling"),
    "sklearn.compose._column_transformer": ("make_column_selector",),
    "sklearn.ensemble._hist_gradient_boosting.predictor": ("TreePredictor",),
    "sklearn.feature_selection._mutual_info": ("mutual_info_classif", "mutual_info_regression"),
    "sklearn.feature_selection._univariate_selection": ("chi2", "f_classif", "f_regression", "r_regression"),
    "sklearn.gaussian_process._gpc": ("_BinaryGaussianProcessClassifierLaplace",),
    "sklearn.gaussian_process.kernels": (
        "CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared", "Exponentiation", "Matern",
        "PairwiseKernel", "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel",
    ),
    "sklearn.impute._iterative": ("_ImputerTriplet",),
    "sklearn.metrics._classification": (
        "accuracy_score", "balanced_accuracy_score", "brier_score_loss", "f1_score", "jaccard_score", "log_loss",
        "matthews_corrcoef", "precision_score", "recall_score",
    ),
    "sklearn.metrics._dist_metrics": tuple(
        f"{distance}Distance{bits}" for distance in _DISTANCES for bits in (32, 64)
    ),
    "sklearn.metrics._ranking": ("average_precision_score", "roc_auc_score"),
    "sklearn.metrics._scorer": ("_CurveScorer", "_PassthroughScorer", "_Scorer"),
    "sklearn.model_selection._split": (
        "GroupKFold", "KFold", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedGroupKFold",
        "StratifiedKFold", "StratifiedShuffleSplit", "TimeSeriesSplit",
    ),
    "sklearn.multiclass": ("_ConstantPredictor",),
    "sklearn.neighbors._ball_tree": ("BallTree", "BallTree32", "BallTree64"),
    "sklearn.neighbors._kd_tree": ("KDTree", "KDTree32", "KDTree64"),
    "sklearn.neural_network._stochastic_optimizers": ("AdamOptimizer", "SGDOptimizer"),
    "sklearn.tree._tree": ("Tree",),
    "sklearn.utils._bunch": ("Bunch",),
    "sklearn.utils._metadata_requests": ("MetadataRequest", "MethodMetadataRequest"),
    "sklearn.utils.validation": ("check_array",),
}  # fmt: skip

_BESIDE_IT: Mapping[str, tuple[str, ...]] = {
    "collections": ("OrderedDict",),
    "functools": ("partial",),
    "numpy": ("clip", "dtype", "nan_to_num", "number", "ravel", "round"),
    "scipy._lib.array_api_compat.numpy._aliases": ("asarray",),
    "scipy.interpolate._bsplines": ("BSpline",),
    "scipy.sparse._csc": ("csc_array", "csc_matrix"),
    "scipy.sparse._csr": ("csr_array", "csr_matrix"),
}

_BOOSTERS: Mapping[str, tuple[str, ...]] = {
    "catboost.core": ("CatBoostClassifier", "CatBoostRegressor"),
    "lightgbm.basic": ("Booster",),
    "lightgbm.sklearn": ("LGBMClassifier", "LGBMRegressor"),
    "xgboost.core": ("Booster",),
    "xgboost.sklearn": ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"),
}
"""Their models hold what their own file formats hold, as bytes: text of LightGBM, .ubj of XGBoost, .cbm of CatBoost."""


def _names(*groups: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for group in groups:
        for module, names in group.items():
            yield from (f"{module}.{name}" for name in names)


TRUSTED_TYPES = tuple(_names(_SCIKIT_LEARN, _BESIDE_IT, _BOOSTERS))
