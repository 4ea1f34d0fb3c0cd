"""Types read their fields from the domain's rows: every plain field of a type is an attribute of its rows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from strawberry.types.base import get_object_definition
from strawberry.types.lazy_type import LazyType

from domain.ab_tests.ab_test import ABTest, ABTestEvent
from domain.ab_tests.observation import Observation
from domain.ab_tests.plan import Plan
from domain.ab_tests.results.arms import ArmResult
from domain.ab_tests.results.checks import GuardrailResult, SampleRatio, SelectiveFeedback
from domain.ab_tests.results.result import DifferingAnswer, Disagreement, Replay, Result, SeriesPoint
from domain.ab_tests.results.slices import Slice
from domain.catalog.entries import Algorithm, AlgorithmStatus, Endpoint
from domain.catalog.held_out import HeldOutMetrics
from domain.history.aggregates import FigureGroup, RequestFigures
from domain.requests.feedback import FeedbackEvent
from domain.requests.new_request import ArmAnswer
from domain.requests.request import Request
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.evidence import Evidence
from domain.statistics.outlook import Outlook
from domain.statistics.rules import GuardrailMetric
from domain.statistics.units import TruthDelays
from graph.ab_tests import ab_test, feedback_queue, plan, questions, replays, result, series, slices
from graph.catalog import algorithms, endpoints, statuses
from graph.history import aggregates, feedback_events, requests
from graph.vocabulary import links
from graph.vocabulary.fields import ComputedField, computed

ROWS: dict[type, type] = {
    ab_test.ABTest: ABTest,
    ab_test.ABTestArm: ArmResult,
    ab_test.ABTestEvent: ABTestEvent,
    aggregates.RequestAggregate: RequestFigures,
    aggregates.RequestGroup: FigureGroup,
    algorithms.Algorithm: Algorithm,
    algorithms.HeldOutMetrics: HeldOutMetrics,
    endpoints.Endpoint: Endpoint,
    feedback_events.FeedbackEvent: FeedbackEvent,
    feedback_queue.ABTestAnswers: Observation,
    feedback_queue.ArmAnswer: ArmAnswer,
    feedback_queue.Disagreement: Disagreement,
    plan.ABTestPlan: Plan,
    questions.ABTestGuardrailMetric: GuardrailMetric,
    replays.DifferingAnswer: DifferingAnswer,
    replays.Replay: Replay,
    requests.Request: Request,
    result.ABTestArmResult: ArmResult,
    result.ABTestDifference: Evidence,
    result.ABTestDiscordance: PairCounts,
    result.ABTestEpoch: EpochCounts,
    result.ABTestGuardrail: GuardrailResult,
    result.ABTestPower: Outlook,
    result.ABTestResult: Result,
    result.ABTestSampleRatio: SampleRatio,
    result.ABTestSelectiveFeedback: SelectiveFeedback,
    result.ABTestTruthDelay: TruthDelays,
    series.ABTestSeriesPoint: SeriesPoint,
    slices.ABTestSlice: Slice,
    statuses.AlgorithmStatus: AlgorithmStatus,
}


@pytest.mark.parametrize("type_", ROWS, ids=lambda type_: type_.__name__)
def test_every_plain_field_is_an_attribute_of_the_rows(type_: type) -> None:
    row = ROWS[type_]
    plain = {
        field.python_name
        for field in get_object_definition(type_, strict=True).fields
        if field.is_basic_field and not isinstance(field, ComputedField)
    }
    assert plain - {field.name for field in dataclasses.fields(row)} == {
        name for name in plain if isinstance(getattr(row, name, None), property)
    }


def test_every_link_names_a_type_that_there_is() -> None:
    found: dict[str, Any] = {name: getattr(links, name) for name in links.__all__}
    for name, link in found.items():
        assert isinstance(link, LazyType), name
        assert link.resolve_type().__name__ == link.type_name


def test_copy_of_a_computed_field_reads_the_same() -> None:
    field = computed(len, "How long it is.")
    assert field.__copy__().get_result("four", None, [], {}) == 4
