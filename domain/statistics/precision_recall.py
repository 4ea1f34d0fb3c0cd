"""Precision, recall and F1 of a class, and their means over classes, from a confusion table.

C. J. van Rijsbergen, Information Retrieval, 2nd ed. (Butterworths, 1979), chapter 7: F1 is the harmonic mean of the
two. The mean over classes is the unweighted one ("macro"), of F1 the mean of the classes' F1 (J. Opitz and S. Burst,
"Macro F1 and Macro F1", arXiv:1911.03347, recommend it of the two that are in use).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassQuality:
    """How well one class is told from the others: `answered` times it was the answer, `actual` times the truth.

    `hits` are both. A figure that divides by nothing is None.
    """

    label: str
    answered: int
    actual: int
    hits: int

    @property
    def precision(self) -> float | None:
        """The share of right ones among the answers."""
        return self.hits / self.answered if self.answered else None

    @property
    def recall(self) -> float | None:
        """The share of the truths that were answered so."""
        return self.hits / self.actual if self.actual else None

    @property
    def f1(self) -> float | None:
        """Twice the hits, divided by answers and truths together: the harmonic mean of precision and recall.

        >>> ClassQuality("yes", 4, 2, 1).f1
        0.3333333333333333
        """
        both = self.answered + self.actual
        return 2 * self.hits / both if both else None


def by_class(cells: Mapping[tuple[str, str], int], classes: Iterable[str] = ()) -> list[ClassQuality]:
    """Each class's quality: the declared ones in their order, then others that were answered, by name.

    cells: how often the first was answered where the second was the truth.

    >>> [(one.label, one.precision, one.recall) for one in by_class({("a", "a"): 3, ("a", "b"): 1, ("b", "b"): 2})]
    [('a', 0.75, 1.0), ('b', 1.0, 0.6666666666666666)]
    """
    answered: dict[str, int] = {}
    actual: dict[str, int] = {}
    for (label, truth), count in cells.items():
        answered[label] = answered.get(label, 0) + count
        actual[truth] = actual.get(truth, 0) + count
    declared = list(dict.fromkeys(classes))
    others = sorted((answered.keys() | actual.keys()) - set(declared))
    return [
        ClassQuality(name, answered.get(name, 0), actual.get(name, 0), cells.get((name, name), 0))
        for name in (*declared, *others)
    ]


def mean(figures: Iterable[float | None]) -> float | None:
    """The mean of the figures that there are; None where there is none.

    >>> mean([1.0, None, 0.5]), mean([None])
    (0.75, None)
    """
    found = [figure for figure in figures if figure is not None]
    return sum(found) / len(found) if found else None
