"""A request as it is before it is logged: what the predictor knows, and how the test routed it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.errors import Failure, NotStored
from domain.requests import request_ids
from domain.requests.request import Request
from domain.words import Arm, Fault, Outcome


@dataclass(frozen=True, slots=True)
class ArmAnswer:
    """What one arm of a test said of a request, or that it failed; `latency` is in seconds.

    probabilities: by class, kept only in tests that are scored by them. correct, residual: as of a request, once its
    ground truth is known and scores were read.
    """

    label: str | None = None
    value: float | None = None
    failed: bool = False
    latency: float = 0.0
    probabilities: Mapping[str, float] | None = None
    correct: bool | None = None
    residual: float | None = None


@dataclass(slots=True, kw_only=True)
class NewRequest:
    """A row of the request log before feedback. `latency` is in seconds.

    Mutable, unlike other values: on the hot path the log gives it its id, and takes it out of a test that has
    ended. `epoch_id`, `serving_probability` and `drawn_arm` are set together, for a request that a test routed:
    `drawn_arm` is what the draw said and `arm` what served. `champion` and `challenger` are what the arms said, where
    they have run and answered by now; the observation is `complete` when nothing is missing. `features` holds
    (name, text, number) for the features that the endpoint declares as indexed, `values` those of all in its order, to
    be counted; None where the row is wrong. `external_id` is what another system calls the request. `refused` says why
    the database took nothing of the row.

    Once it is stored, it shows whatever a `Request` shows before any feedback, without being copied.
    """

    feedback: ClassVar[None] = None
    feedback_at: ClassVar[None] = None
    correct: ClassVar[None] = None
    residual: ClassVar[None] = None
    masked_features: ClassVar[tuple[str, ...]] = ()

    id: int = 0
    endpoint_id: int
    algorithm_id: int | None = None
    ab_test_id: int | None = None
    arm: Arm | None = None
    subject: str | None = None
    input: str
    full_response: str = ""
    outcome: Outcome = Outcome.OK
    fault: Fault | None = None
    label: str | None = None
    value: float | None = None
    probability: float | None = None
    confidence: float | None = None
    message: str | None = None
    latency: float
    epoch_id: int | None = None
    serving_probability: float | None = None
    drawn_arm: Arm | None = None
    champion: ArmAnswer | None = None
    challenger: ArmAnswer | None = None
    complete: bool = True
    features: tuple[tuple[str, str | None, float | None], ...] = ()
    values: tuple[bool | int | float | str | None, ...] | None = None
    external_id: str | None = None
    refused: Failure | None = None

    @property
    def created_at(self) -> datetime:
        """When the request came, as of a `Request`."""
        return request_ids.time_of(self.id)

    def leave_test(self) -> None:
        """Forget the test, which has ended between the choice and the commit."""
        self.ab_test_id = self.epoch_id = self.drawn_arm = self.arm = self.serving_probability = None
        self.champion = self.challenger = None

    def refuse(self) -> None:
        """Keep only that it was asked for: the database takes nothing else of it. The caller's fault, so unscored."""
        self.leave_test()
        self.refused = NotStored(
            "The database refuses this row, so it was kept without its features and without an answer; "
            "the server's log says why, beside the request's id."
        ).as_failure()
        self.outcome, self.fault, self.message = Outcome.ERROR, Fault.CALLER, self.refused.message
        self.input, self.subject, self.external_id = "", None, None
        self.features, self.values, self.complete = (), None, True
        self.label = self.value = self.probability = self.confidence = None
        self.full_response = json.dumps(
            {"message": self.refused.message, "code": self.refused.code, "path": self.refused.path}
        )

    def as_request(self) -> Request:
        """The same as the log gives it back before any feedback."""
        return Request(
            id=self.id,
            endpoint_id=self.endpoint_id,
            algorithm_id=self.algorithm_id,
            ab_test_id=self.ab_test_id,
            arm=self.arm,
            subject=self.subject,
            input=self.input,
            full_response=self.full_response,
            outcome=self.outcome,
            fault=self.fault,
            label=self.label,
            value=self.value,
            probability=self.probability,
            message=self.message,
            latency=self.latency,
            feedback=None,
            feedback_at=None,
            correct=None,
            residual=None,
            confidence=self.confidence,
            external_id=self.external_id,
        )
