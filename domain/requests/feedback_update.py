"""What feedback writes to a request, worked out before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FeedbackUpdate:
    """The feedback columns of one request as they shall be; all None but the id clears them.

    `correct` is for a classifier's request, `residual` (value minus ground truth) for a regressor's.
    """

    request_id: int
    feedback: str | None
    feedback_at: datetime | None
    correct: bool | None
    residual: float | None
