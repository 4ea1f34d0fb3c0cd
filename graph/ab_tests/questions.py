"""What a test asks beside accuracy: what each mistake costs, and what may not get worse meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from domain.statistics.rules import CostMatrix, GuardrailMetric, SeenOnlyFor
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Metric

USUAL_COST = 1.0

_TRUTH, _ANSWER = "The true class.", "What was answered."
_COST = "What that costs, in any one unit: the same for all."
_METRIC = "By which figure: ACCURACY, or COST or BRIER; another one than the test's own."
_MARGIN = (
    "By how much the challenger may be worse: a difference of accuracies (0.01 is one point) or of Brier scores, or a "
    "cost in the unit of `costs`."
)


@graphql_input
class CostInput:
    """What it costs to give one answer when the truth is another."""

    truth: str = strawberry.field(description=_TRUTH)
    answer: str = strawberry.field(description=_ANSWER)
    cost: float = strawberry.field(description=_COST)


@graphql_input
class GuardrailMetricInput:
    """A second figure by which the challenger may not be worse."""

    metric: Metric = strawberry.field(description=_METRIC)
    margin: float = strawberry.field(description=_MARGIN)

    def rule(self) -> GuardrailMetric:
        """As the rules of a verdict have it."""
        return GuardrailMetric(self.metric, self.margin)


@graphql_type
class Cost:
    """What it costs to give one answer when the truth is another."""

    truth: str = strawberry.field(description=_TRUTH)
    answer: str = strawberry.field(description=_ANSWER)
    cost: float = strawberry.field(description=_COST)


@graphql_type
class ABTestGuardrailMetric:
    """A second figure by which the challenger may not be worse."""

    metric: Metric = strawberry.field(description=_METRIC)
    margin: float = strawberry.field(description=_MARGIN)


def cost_matrix(costs: Sequence[CostInput] | None, otherwise: float | None) -> CostMatrix | None:
    """The matrix that was asked for; None where nothing was said of costs."""
    if costs is None and otherwise is None:
        return None
    named = tuple((one.truth, one.answer, one.cost) for one in costs or ())
    return CostMatrix(named, USUAL_COST if otherwise is None else otherwise)


def seen_only_for(
    labels: Sequence[str] | None, least: float | None, most: float | None
) -> SeenOnlyFor | None:
    """The answers that show the truth; None where nothing was said of them."""
    if labels is None and least is None and most is None:
        return None
    return SeenOnlyFor(tuple(labels or ()), least, most)


def costs_of(matrix: CostMatrix | None) -> list[Cost] | None:
    """The named costs of a matrix."""
    if matrix is None:
        return None
    return [Cost(truth=truth, answer=answer, cost=cost) for truth, answer, cost in matrix.costs]
