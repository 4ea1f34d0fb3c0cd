"""A test of two algorithms of one endpoint, and its audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.ab_tests.plan import Plan
from domain.words import ABTestState, Arm, Kind, Traffic, Verdict


@dataclass(frozen=True, slots=True)
class ABTest:
    """A test of two algorithms of one endpoint; numbers 1 and 2 are as the creator named them."""

    id: int
    endpoint_id: int
    algorithm1_id: int
    algorithm2_id: int
    champion_id: int
    kind: Kind
    title: str
    traffic: Traffic
    state: ABTestState
    verdict: Verdict | None
    reason: str | None
    summary: str
    salt: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    plan: Plan

    @property
    def challenger_id(self) -> int:
        """The arm that is not the champion."""
        return self.algorithm2_id if self.champion_id == self.algorithm1_id else self.algorithm1_id

    @property
    def algorithm_ids(self) -> tuple[int, int]:
        """Both arms in the order in which the creator named them."""
        return self.algorithm1_id, self.algorithm2_id

    def arm_of(self, algorithm_id: int) -> Arm:
        """Which arm `algorithm_id` is; it must be one of the two."""
        return Arm.CHAMPION if algorithm_id == self.champion_id else Arm.CHALLENGER


@dataclass(frozen=True, slots=True)
class ABTestEvent:
    """One entry of a test's append-only audit log; `details` is JSON text (before, after, counts)."""

    id: int
    ab_test_id: int
    kind: str
    created_by: str
    created_at: datetime
    details: str
