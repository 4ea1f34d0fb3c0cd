"""Why a served model differs from the trained one: which values of a row they differ about, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from registry.features import Feature, FeatureType, FeatureValue, Row
from registry.publishing.labels import can_be_skops, final_step
from registry.publishing.preparation import is_missing
from registry.publishing.table_form import OWN_CLASS
from registry.publishing.translation import Publication, Translation, plain
from registry.shown_values import shown_row

Differs: TypeAlias = Callable[[Sequence[Row]], NDArray[np.bool_]]
"""For each of some rows, whether the served model answers another thing than the trained one."""

_SKOPS = "publish it as skops (format='skops'), which runs scikit-learn itself"
_LOGARITHMS = ("poisson", "gamma")
_TREES = (
    "if a scaler stands before trees, leave it out (trees need none, and 32-bit rounding moves values across their "
    "thresholds)"
)


@dataclass(frozen=True, slots=True)
class CauseFinder:
    """Finds what two models differ about in a row, by putting usual values in its place, one feature at a time.

    usual: a row that both answer alike, or None where there is none.
    """

    publication: Publication
    translation: Translation
    usual: Row | None
    differs: Differs

    def of(self, row: Row) -> str:
        """The values of `row` that the models differ about, and what helps."""
        places = self._places(row)
        chosen, names = list(places or range(len(row))), self.publication.spec.features.names
        shown = shown_row([names[place] for place in chosen], [row[place] for place in chosen])
        cures = [self._cure(self.publication.spec.features.features[place], row[place]) for place in places]
        return f"{shown}; {'; '.join(dict.fromkeys(cures or [self._general()]))}"

    def _places(self, row: Row) -> list[int]:
        """The features of which each alone, with its usual value, makes the models agree; those in doubt first.

        Missing values and those that the model was fitted on by another name are in doubt before a number is.
        """
        doubtful = [place for place in range(len(row)) if self._is_doubtful(place, row[place])]
        if self.usual is None:
            return doubtful
        usual = self.usual
        others = [place for place in range(len(row)) if row[place] != usual[place]]
        trials = [(*row[:place], usual[place], *row[place + 1 :]) for place in others]
        apart: Sequence[np.bool_] = list(self.differs(trials)) if trials else []
        agreeing = [place for place, bad in zip(others, apart, strict=True) if not bad]
        # A known value that changes nothing among usual ones is no cause by its name alone.
        named = [place for place in agreeing if place in doubtful and row[place] is not None]
        alone = [(*usual[:place], row[place], *usual[place + 1 :]) for place in named]
        bad_alone: Sequence[np.bool_] = list(self.differs(alone)) if alone else []
        harmless = {place for place, bad in zip(named, bad_alone, strict=True) if not bad}
        blamed = [place for place in agreeing if place in doubtful and place not in harmless]
        return blamed or [place for place in agreeing if place not in harmless]

    def _is_doubtful(self, place: int, value: FeatureValue) -> bool:
        name = self.publication.spec.features.names[place]
        return value is None or (
            name in self.translation.features and self.translation.value(name, value) != value
        )

    def _cure(self, feature: Feature, value: FeatureValue) -> str:
        name = feature.name
        if self._is_logarithm():
            return self._general()
        if value is None:
            return self._missing_cure(name)
        if self._stands_for_missing(name, value):
            return (
                f"the exported model does not tell the text {value!r} of {name!r} from a missing value, which it was "
                "fitted on too; give that category another name in the data and in endpoint.json, and train again"
            )
        word = self.translation.value(name, value)
        if name in self.translation.features and (word != value or isinstance(word, bool)):
            return (
                f"the model was fitted on {word!r} where the server gives it {plain(value)!r}: before training write "
                f"data[{name!r}] = data[{name!r}]{_in_words(feature, word)}, and train again"
            )
        if feature.type is FeatureType.CATEGORY:
            return (
                f"the exported model reads texts of {name!r} another way (letters beyond ASCII, capitals, parts of "
                f"words); list its 'categories' in endpoint.json if they are few, else {OWN_CLASS}"
            )
        return self._general()

    def _stands_for_missing(self, name: str, value: FeatureValue) -> bool:
        """Whether a category is the text by which the exported model knows the missing value that it learned."""
        return is_missing(self.translation.missing.get(name)) and any(
            c.feature == name and c.fill == value for c in self.publication.exported.columns
        )

    def _missing_cure(self, name: str) -> str:
        imputed = any(c.feature == name and c.fill is not None for c in self.publication.exported.columns)
        if imputed and name not in self.publication.fills:
            return self._general()
        if name in self.publication.fills and is_missing(self.translation.missing.get(name)):
            reason = (
                f"the model answers missing values of {name!r} itself, and not as "
                f"{self.publication.fills[name]!r} (fills): leave that fill out, or"
            )
        else:
            reason = f"the exported model answers missing values of {name!r} another way:"
        return f"{reason} put an imputer before the model (SimpleImputer(strategy='most_frequent')) and train again"

    def _general(self) -> str:
        if self._is_logarithm():
            return f"the exported model answers the logarithm of this loss; {self._skops()}"
        return f"{_TREES}; or {self._skops()}"

    def _skops(self) -> str:
        return _SKOPS if can_be_skops(self.publication) else OWN_CLASS

    def _is_logarithm(self) -> bool:
        final = final_step(self.publication.model)
        return hasattr(final, "_predictors") and getattr(final, "loss", "") in _LOGARITHMS


def _in_words(feature: Feature, word: object) -> str:
    """How a column gets the values that the server gives the model."""
    if word not in (True, False, "True", "False"):
        return ".map(lambda code: str(int(float(code))), na_action='ignore')"
    return ".astype(int)" if feature.type is FeatureType.BOOLEAN else ".astype(str).str.lower()"
