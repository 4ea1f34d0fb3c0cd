"""Slices of a test: the two algorithms within each value of a feature, so that a win on the whole hides no loss."""

from __future__ import annotations

import strawberry

from graph.vocabulary.docstrings import graphql_type


@graphql_type
class ABTestSlice:
    """The predictions of a test with one value of a feature, and who did better on them."""

    feature: str = strawberry.field(description="The key of the feature.")
    shown: str | None = strawberry.field(
        name="value",
        description="The value; null where the feature was missing, and after a subject was forgotten.",
    )
    feedback: int = strawberry.field(description="How many of its predictions count, with a ground truth.")
    champion: float | None = strawberry.field(description="The champion's figure by the test's metric.")
    challenger: float | None = strawberry.field(description="The challenger's figure by the test's metric.")
    difference: float | None = strawberry.field(
        description="How much better the challenger is here, as in `result.difference`; below 0 it is worse."
    )
    e_value: float | None = strawberry.field(
        description="The evidence that the two differ here, whichever is better; null where the figures say nothing."
    )
    worse: bool = strawberry.field(
        description=(
            "Whether the challenger is worse here, with regard to how many slices were looked into (e-BH): of those "
            "that are called so, a share of `alpha` at most is so by chance."
        )
    )
