"""Models of texts: vectorisers with their options, beside numbers, as a first step, inside others, and CatBoost's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler
from sklearn.svm import LinearSVC

from bench.models.kind import Kind, fitting
from bench.models.shops import NUMBERS, WORDS

REVIEW = "review"
_BESIDE = (*NUMBERS, REVIEW)
_CAT: dict[str, Any] = {"iterations": 30, "verbose": False, "allow_writing_files": False, "random_seed": 0}
_QUICK = {"tf-idf", "tf-idf first", "CatBoost of texts", "a text that no model fills"}


def kinds() -> Iterator[Kind]:
    """All of them."""
    for name, vectoriser in _VECTORISERS.items():
        fit = fitting(lambda vectoriser=vectoriser: make_pipeline(_columns(vectoriser()), _logistic()))  # type: ignore[misc]
        yield Kind(name, fit, features=_BESIDE, quick=name in _QUICK)
    for name, make in _FIRST.items():
        yield Kind(
            name, fitting(make), "sales" if "sales" in name else "pays", features=(REVIEW,),
            prepare=_alone, as_read=True, quick=name in _QUICK,
        )  # fmt: skip
    for name, make in _BOTH.items():
        yield Kind(name, fitting(make), features=(REVIEW,))
    yield from _missing()
    yield from _catboost()


def _logistic() -> Any:  # noqa: ANN401 (any estimator)
    return LogisticRegression(max_iter=1000)


def _columns(vectoriser: Any) -> Any:  # noqa: ANN401
    return ColumnTransformer([(REVIEW, vectoriser, REVIEW)], remainder="passthrough")


def _words(final: Any, **options: Any) -> Any:  # noqa: ANN401
    return make_pipeline(TfidfVectorizer(**options), final)


def _alone(frame: Any) -> Any:  # noqa: ANN401
    return frame[REVIEW]


_VECTORISERS: dict[str, Callable[[], Any]] = {
    "words counted": CountVectorizer,
    "words there or not": lambda: CountVectorizer(binary=True),
    "tf-idf": TfidfVectorizer,
    "tf-idf of pairs": lambda: TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
    "tf-idf without accents": lambda: TfidfVectorizer(strip_accents="unicode"),
    "tf-idf without letters beyond ASCII": lambda: TfidfVectorizer(strip_accents="ascii"),
    "tf-idf of capitals too": lambda: TfidfVectorizer(lowercase=False),
    "tf-idf of letters": lambda: TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3)),
    "tf-idf of letters across words": lambda: TfidfVectorizer(analyzer="char", ngram_range=(1, 4)),
    "tf-idf by a pattern": lambda: TfidfVectorizer(token_pattern=r"(?u)\b\w+\b|[!?]"),
    "tf-idf without stop words": lambda: TfidfVectorizer(stop_words="english"),
    "tf-idf of the commonest": lambda: TfidfVectorizer(max_features=4),
    "tf-idf of neither rare nor common": lambda: TfidfVectorizer(min_df=0.05, max_df=0.9, ngram_range=(1, 2)),
    "tf-idf of listed words": lambda: TfidfVectorizer(vocabulary=[word.lower() for word in WORDS]),
    "shares of words": lambda: TfidfVectorizer(norm="l1", use_idf=False, smooth_idf=False),
    "words hashed": lambda: HashingVectorizer(n_features=64),
    "letters hashed": lambda: HashingVectorizer(
        n_features=256, analyzer="char_wb", ngram_range=(2, 4), alternate_sign=False
    ),
}
_FIRST: dict[str, Callable[[], Any]] = {
    "tf-idf first": lambda: _words(_logistic()),
    "words hashed first": lambda: make_pipeline(HashingVectorizer(n_features=64), _logistic()),
    "words counted, then weighed": lambda: make_pipeline(
        CountVectorizer(ngram_range=(1, 2)), TfidfTransformer(sublinear_tf=True), _logistic()
    ),
    "words and letters first": lambda: make_pipeline(
        make_union(TfidfVectorizer(), TfidfVectorizer(analyzer="char", ngram_range=(2, 3))), _logistic()
    ),
    "tf-idf, few directions": lambda: make_pipeline(
        TfidfVectorizer(), TruncatedSVD(4, random_state=0), RandomForestClassifier(20, random_state=0)
    ),
    "tf-idf, the best words": lambda: make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), SelectKBest(chi2, k=10), MaxAbsScaler(), _logistic()
    ),
    "tf-idf, naive Bayes": lambda: _words(MultinomialNB()),
    "tf-idf, complement naive Bayes": lambda: _words(ComplementNB(norm=True)),
    "tf-idf, neighbours": lambda: _words(KNeighborsClassifier(5)),
    "tf-idf, linear SVC": lambda: _words(LinearSVC(random_state=0)),
    "tf-idf, SGD": lambda: _words(SGDClassifier(loss="modified_huber", random_state=0), lowercase=False),
    "tf-idf, calibrated": lambda: CalibratedClassifierCV(_words(LinearSVC(random_state=0)), cv=3),
    "tf-idf, voting": lambda: VotingClassifier(
        [("words", _words(_logistic())), ("letters", _words(_logistic(), analyzer="char"))], voting="soft"
    ),
    "tf-idf, stacked": lambda: StackingClassifier(
        [("words", _words(_logistic())), ("letters", _words(MultinomialNB(), analyzer="char"))], cv=3
    ),
    "tf-idf, searched": lambda: GridSearchCV(
        _words(_logistic()), {"tfidfvectorizer__ngram_range": [(1, 1), (1, 2)]}, cv=3
    ),
    "tf-idf, threshold": lambda: TunedThresholdClassifierCV(_words(_logistic()), cv=3),
    "tf-idf for sales": lambda: _words(Ridge()),
    "tf-idf for the logarithm of sales": lambda: TransformedTargetRegressor(
        _words(Ridge()), func=np.arcsinh, inverse_func=np.sinh
    ),
}
_BOTH: dict[str, Callable[[], Any]] = {
    "words beside letters": lambda: make_pipeline(
        ColumnTransformer(
            [
                ("words", TfidfVectorizer(), REVIEW),
                ("letters", CountVectorizer(analyzer="char", ngram_range=(1, 2)), REVIEW),
            ]
        ),
        _logistic(),
    ),
    "a table of one text": lambda: make_pipeline(
        FunctionTransformer(np.ravel), TfidfVectorizer(), _logistic()
    ),
}


def _filled(frame: Any) -> Any:  # noqa: ANN401
    return frame.fillna({REVIEW: "", **dict.fromkeys(NUMBERS, 0)})


def _missing() -> Iterator[Kind]:
    filled = Kind(
        "a missing text as an empty one", fitting(lambda: make_pipeline(_columns(TfidfVectorizer()), _logistic())),
        features=_BESIDE, missing=0.1, prepare=_filled, as_read=True, fills={REVIEW: "", **dict.fromkeys(NUMBERS, 0)},
    )  # fmt: skip
    yield filled
    yield Kind(
        "a text that no model fills", fitting(lambda: make_pipeline(_columns(TfidfVectorizer()), _logistic())),
        features=(REVIEW, "staff"), nullable=True, refused=True, cure=filled, quick=True,
    )  # fmt: skip
    words = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="nothing"),
        FunctionTransformer(np.ravel),
        TfidfVectorizer(),
    )
    imputed = ColumnTransformer([(REVIEW, words, [REVIEW])], remainder=SimpleImputer())
    yield Kind(
        "a missing text that the model fills",
        fitting(lambda: make_pipeline(imputed, _logistic())),
        features=_BESIDE,
        missing=0.1,
    )


def _catboost() -> Iterator[Kind]:
    texts = fitting(lambda: CatBoostClassifier(text_features=[REVIEW], **_CAT))
    yield Kind("CatBoost of texts", texts, features=_BESIDE, quick=True)
    yield Kind("CatBoost of one text", texts, features=(REVIEW,))
    yield Kind("CatBoost of texts, three classes", texts, "three", features=_BESIDE)
    pairs = {
        "tokenizers": [{"tokenizer_id": "Space", "separator_type": "ByDelimiter", "delimiter": " "}],
        "dictionaries": [{"dictionary_id": "Pair", "gram_order": "2"}, {"dictionary_id": "Word", "gram_order": "1"}],
        "feature_calcers": ["BoW:top_tokens_count=50", "NaiveBayes", "BM25"],
    }  # fmt: skip
    yield Kind(
        "CatBoost of pairs of words",
        fitting(lambda: CatBoostClassifier(text_features=[REVIEW], **pairs, **_CAT)),
        features=_BESIDE,
    )
    yield Kind(
        "CatBoost of texts and categories",
        fitting(lambda: CatBoostClassifier(text_features=[REVIEW], cat_features=["colour"], **_CAT)),
        features=(*_BESIDE, "colour"),
    )
    yield Kind(
        "CatBoost of texts for sales",
        fitting(lambda: CatBoostRegressor(text_features=[REVIEW], **_CAT)),
        "sales",
        features=_BESIDE,
    )
    filled = Kind(
        "CatBoost of texts, missing as empty", texts, features=_BESIDE, missing=0.1, prepare=_filled, as_read=True,
        fills={REVIEW: "", **dict.fromkeys(NUMBERS, 0)},
    )  # fmt: skip
    yield filled
    yield Kind(
        "CatBoost of texts without a fill", texts, features=_BESIDE, missing=0.1, prepare=_filled, as_read=True,
        refused=True, cure=filled,
    )  # fmt: skip
