"""A fitted scikit-learn model made ready to serve: one thread a call, columns by number, no text taken for a path."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from domain.errors import InvalidArtifact

Part: TypeAlias = "tuple[str, Any]"
"""Where a part stands in its model, such as `steps[0].transformers_[1]`, and the part."""

_LIBRARIES = ("sklearn.", "lightgbm.", "xgboost.", "catboost.")
_DEEPEST = 40
_NAMELESS = "X does not have valid feature names"
_SCALARS = (str, bytes, int, float, bool, type(None))


def parts_of(model: Any) -> Iterator[Part]:  # noqa: ANN401 (any estimator)
    """Every object that a fitted model holds, the model itself first, each once."""
    seen: set[int] = set()
    waiting: list[tuple[str, Any, int]] = [("", model, 0)]
    while waiting:
        place, part, depth = waiting.pop()
        if isinstance(part, _SCALARS) or id(part) in seen or depth > _DEEPEST:
            continue
        seen.add(id(part))
        yield place, part
        waiting += [(f"{place}{name}", child, depth + 1) for name, child in _children(part, place)]


def _children(part: Any, place: str) -> list[Part]:  # noqa: ANN401 (any object)
    if isinstance(part, dict):
        return [(f"[{key!r}]", child) for key, child in part.items()]
    if isinstance(part, (list, tuple, set)):
        return [(f"[{number}]", child) for number, child in enumerate(part)]
    if isinstance(part, np.ndarray):
        listed = part.ravel().tolist() if part.dtype == object else []
        return [(f"[{number}]", child) for number, child in enumerate(listed)]
    if type(part).__module__.startswith(_LIBRARIES) and hasattr(part, "__dict__"):
        dot = "." if place else ""
        return [(f"{dot}{name}", child) for name, child in vars(part).items()]
    return []


def made_ready(model: Any, place: str) -> Any:  # noqa: ANN401 (any estimator)
    """The fitted model, changed in place so that it can be asked from many threads with tables of plain columns.

    Raises InvalidArtifact, which names `place`, for a part that would open what a caller names.
    """
    for where, part in list(parts_of(model)):
        if not hasattr(part, "get_params") or isinstance(part, type):
            continue
        if getattr(part, "input", "content") != "content" and hasattr(part, "token_pattern"):
            raise InvalidArtifact(
                f"{place}: {type(part).__name__} ({where}) reads its texts from files or other objects "
                f"(input={part.input!r}); train it with input='content'"
            )
        if "n_jobs" in part.get_params(deep=False):
            part.set_params(n_jobs=1)
        if hasattr(part, "_transformer_to_input_indices") and hasattr(part, "transformers_"):
            part.transformers_ = [
                (name, transformer, _by_number(part, name, selected))
                for name, transformer, selected in part.transformers_
            ]
        if type(part).__module__.startswith("lightgbm."):
            # LightGBM keeps its names in the booster, and would say at each row that an array has none.
            warnings.filterwarnings("ignore", _NAMELESS, UserWarning)
        # A model that hands on data frames would import pandas; without names nothing asks for a frame's.
        for name in ("feature_names_in_", "_sklearn_output_config"):
            part.__dict__.pop(name, None)
    return model


def _by_number(transformer: Any, name: str, selected: object) -> object:  # noqa: ANN401
    positions = [int(position) for position in transformer._transformer_to_input_indices.get(name, ())]
    return positions[0] if np.isscalar(selected) else positions
