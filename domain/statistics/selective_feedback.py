"""The alarm: does a truth come or not depending on which answer was served?"""

from __future__ import annotations

from collections.abc import Iterable

from domain.statistics import beta_binomial, e_value
from domain.statistics.units import UnitSums

CONCENTRATION = 2.0
"""Weight of the beta mixture: where truths depend on the answer, the shares lie far from the weights."""
LIMIT = 1_000.0
"""Evidence at which the alarm is raised: while truths come regardless of the answer, once in a thousand tests."""


def log_e(units: Iterable[UnitSums]) -> float:
    """The logarithm of E against "whether a truth comes does not depend on the arm that was drawn".

    Where both arms disagree, one says the higher answer. Among such requests with a truth, the drawn arm is the
    challenger with the probability of its weight, unless one of both answers hides the truth: a beta-binomial
    e-value for those where the challenger's answer is the higher, one for those where it is the lower, multiplied
    over both and over epochs (the arms are drawn independently of each other).

    >>> round(log_e([UnitSums(0.5, higher_challenger=20, lower_champion=20)]), 2)
    21.64
    >>> round(log_e([UnitSums(0.5, higher_challenger=10, higher_champion=10)]), 2)
    -1.31
    """
    return sum(
        (
            beta_binomial.log_e(challenger, champion, unit.weight, CONCENTRATION)
            for unit in units
            for challenger, champion in (
                (unit.higher_challenger, unit.higher_champion),
                (unit.lower_challenger, unit.lower_champion),
            )
        ),
        0.0,
    )


def raised(units: Iterable[UnitSums]) -> bool:
    """Whether the evidence has reached `LIMIT`.

    >>> raised([UnitSums(0.5, higher_challenger=9, lower_champion=9)])
    True
    """
    return e_value.reaches(log_e(units), LIMIT)
