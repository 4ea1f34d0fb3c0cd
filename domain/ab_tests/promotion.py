"""Which statuses a test's beginning, verdict, cancellation and rollback set. Pure plans; use cases carry them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import ThirdAlgorithm
from domain.catalog.entries import Algorithm
from domain.words import Status, Verdict


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One algorithm's move from one status to another; None means "no status"."""

    algorithm_id: int
    before: Status | None
    after: Status | None


def on_creation(test: ABTest, held_before: Mapping[int, Status | None]) -> tuple[StatusChange, ...]:
    """Both arms become `ab_testing`; in a shadow test the champion stays as it is and answers everything."""
    return tuple(
        StatusChange(
            id_,
            held_before[id_],
            held_before[id_] if test.plan.shadow and id_ == test.champion_id else Status.AB_TESTING,
        )
        for id_ in test.algorithm_ids
    )


def on_decision(
    test: ABTest, verdict: Verdict, held_before: Mapping[int, Status | None], algorithms: Sequence[Algorithm]
) -> tuple[StatusChange, ...]:
    """The changes that a verdict makes; `before` is what rollback returns to.

    held_before: the statuses of both arms when the test began. algorithms: all of the endpoint, as they are now.
    Promoted: the challenger goes to production, the champion to testing, and so does every third algorithm
    in production (unless the plan keeps them), since a lower id would otherwise keep the traffic. Kept: the
    champion goes to production, the challenger to testing. Inconclusive: both arms return to what they were.
    """
    if verdict is Verdict.INCONCLUSIVE:
        return on_cancellation(test, held_before)
    promoted = verdict is Verdict.PROMOTED
    winner, other = (
        (test.challenger_id, test.champion_id) if promoted else (test.champion_id, test.challenger_id)
    )
    changes = [
        StatusChange(winner, held_before[winner], Status.PRODUCTION),
        StatusChange(other, held_before[other], Status.TESTING),
    ]
    if promoted and test.plan.third is ThirdAlgorithm.TO_TESTING:
        changes += [
            StatusChange(algorithm.id, Status.PRODUCTION, Status.TESTING)
            for algorithm in algorithms
            if algorithm.status is Status.PRODUCTION and algorithm.id not in test.algorithm_ids
        ]
    return tuple(changes)


def on_cancellation(test: ABTest, held_before: Mapping[int, Status | None]) -> tuple[StatusChange, ...]:
    """Both arms return to the statuses they held when the test began."""
    return tuple(
        StatusChange(id_, Status.AB_TESTING, held_before[id_])
        for id_ in (test.champion_id, test.challenger_id)
    )


def on_rollback(changes: Sequence[StatusChange]) -> tuple[StatusChange, ...]:
    """What undoes `changes`: each algorithm returns to its status before.

    >>> on_rollback([StatusChange(1, None, Status.TESTING)])
    (StatusChange(algorithm_id=1, before=<Status.TESTING: 'testing'>, after=None),)
    """
    return tuple(StatusChange(c.algorithm_id, c.after, c.before) for c in changes)
