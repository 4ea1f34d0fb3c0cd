"""Models that take texts apart into words or letters: what they are given, and what of them goes into a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from registry.runtimes.fitted_parts import parts_of

NOT_IN_ONNX = (
    "its words are taken apart as scikit-learn does it, and ONNX cuts them at letters beyond ASCII and by the "
    "machine's locale"
)


def takes_texts_apart(model: Any) -> bool:  # noqa: ANN401 (any estimator)
    """Whether a scikit-learn model counts the words or letters of texts somewhere."""
    inner = model.get_params(deep=True).values() if hasattr(model, "get_params") else ()
    return any(hasattr(part, "build_analyzer") for part in (model, *inner))


def takes_one_text(model: Any) -> bool:  # noqa: ANN401
    """Whether a model was fitted on a list of texts, and not on a table: then it counted no columns.

    So it is where a vectoriser is the first step of a pipeline.
    """
    counted = hasattr(model, "n_features_in_") or hasattr(model, "feature_names_in_")
    return not counted and takes_texts_apart(model)


def columns_taken_apart(model: Any, names: Sequence[str]) -> set[str]:  # noqa: ANN401
    """Which of the columns `names` a model that selects columns first takes apart into words or letters."""
    if takes_one_text(model):
        return set(names)
    first = model.steps[0][1] if getattr(model, "steps", None) else model
    found = [selected for _, part, selected in getattr(first, "transformers_", ()) if takes_texts_apart(part)]
    listed = [
        item for selected in found for item in ([selected] if np.isscalar(selected) else list(selected))
    ]
    return {names[item] if isinstance(item, int) else str(item) for item in listed} & set(names)


@contextmanager
def plain_vocabularies(model: Any) -> Iterator[None]:  # noqa: ANN401
    """Holds the numbers of words as Python's while a model is written: skops writes a file for each of numpy's."""
    kept = [(part, part.vocabulary_) for _, part in parts_of(model) if hasattr(part, "vocabulary_")]
    for part, vocabulary in kept:
        part.vocabulary_ = {word: int(number) for word, number in vocabulary.items()}
    try:
        yield
    finally:
        for part, vocabulary in kept:
            part.vocabulary_ = vocabulary
