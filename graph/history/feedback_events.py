"""The history of a request's ground truth: each time that it was given, changed or cleared."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graph.vocabulary.docstrings import graphql_type


@graphql_type
class FeedbackEvent:
    """One change of a request's ground truth; the newest one is what `Request.feedback` says."""

    feedback: str | None = strawberry.field(
        description="The ground truth from then on; null where it was cleared."
    )
    created_by: str = strawberry.field(description="Who gave it: a person, or an API key.")
    created_at: datetime = strawberry.field(description="When it was given.")
