"""The types that fields lead to, by name alone: an endpoint leads to its algorithms, and an algorithm to its endpoint.

Strawberry looks the types up when the schema is made, so no module needs another one to name its type. This is the
only file of the package in which lazy names stand. For the type checker a link is the class of the values behind it,
mostly rows of the domain: it sees that a resolver returns the rows that its field's type reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = [
    "ABTestAnswersType",
    "ABTestArmType",
    "ABTestEventType",
    "ABTestResultType",
    "ABTestSeriesPointType",
    "ABTestSliceType",
    "ABTestType",
    "AggregateType",
    "AlgorithmType",
    "CalibrationPointType",
    "ClassQualityType",
    "DisagreementType",
    "DriftBinType",
    "DriftType",
    "EndpointType",
    "FeedbackEventType",
    "JobType",
    "LabelQualityType",
    "NodeType",
    "ProbabilityQualityType",
    "QualityPeriodType",
    "QualityType",
    "QueryType",
    "ReplayType",
    "RequestGroupType",
    "RequestType",
    "RequestsType",
    "StatusType",
    "TruthDelayType",
    "ValueDriftType",
]

if TYPE_CHECKING:
    from typing import TypeAlias

    from domain.ab_tests.ab_test import ABTest as ABTestType
    from domain.ab_tests.ab_test import ABTestEvent as ABTestEventType
    from domain.ab_tests.observation import Observation as ABTestAnswersType
    from domain.ab_tests.results.arms import ArmResult as ABTestArmType
    from domain.ab_tests.results.result import Disagreement as DisagreementType
    from domain.ab_tests.results.result import Replay as ReplayType
    from domain.ab_tests.results.result import Result as ABTestResultType
    from domain.ab_tests.results.result import SeriesPoint as ABTestSeriesPointType
    from domain.ab_tests.results.slices import Slice as ABTestSliceType
    from domain.catalog.entries import Algorithm as AlgorithmType
    from domain.catalog.entries import AlgorithmStatus as StatusType
    from domain.catalog.entries import Endpoint as EndpointType
    from domain.history.aggregates import FigureGroup as RequestGroupType
    from domain.history.aggregates import RequestFigures as AggregateType
    from domain.history.drift import Drift as DriftType
    from domain.history.drift import DriftBin as DriftBinType
    from domain.history.drift import ValueDrift as ValueDriftType
    from domain.history.quality import LabelQuality as LabelQualityType
    from domain.history.quality import ProbabilityQuality as ProbabilityQualityType
    from domain.history.quality import QualityPeriod as QualityPeriodType
    from domain.jobs import Job as JobType
    from domain.requests.feedback import FeedbackEvent as FeedbackEventType
    from domain.requests.request import Request as RequestType
    from domain.statistics.calibration import CalibrationBin as CalibrationPointType
    from domain.statistics.precision_recall import ClassQuality as ClassQualityType
    from domain.statistics.units import TruthDelays as TruthDelayType
    from graph.history.quality import Quality as QualityType
    from graph.history.requests import RequestConnection as RequestsType
    from graph.schema import Query as QueryType

    NodeType: TypeAlias = EndpointType | AlgorithmType | StatusType | RequestType | ABTestType
else:
    from strawberry.types.lazy_type import LazyType

    ABTestType = LazyType("ABTest", "graph.ab_tests.ab_test")
    ABTestAnswersType = LazyType("ABTestAnswers", "graph.ab_tests.feedback_queue")
    ABTestEventType = LazyType("ABTestEvent", "graph.ab_tests.ab_test")
    ABTestArmType = LazyType("ABTestArm", "graph.ab_tests.ab_test")
    DisagreementType = LazyType("Disagreement", "graph.ab_tests.feedback_queue")
    ReplayType = LazyType("Replay", "graph.ab_tests.replays")
    ABTestResultType = LazyType("ABTestResult", "graph.ab_tests.result")
    ABTestSeriesPointType = LazyType("ABTestSeriesPoint", "graph.ab_tests.series")
    ABTestSliceType = LazyType("ABTestSlice", "graph.ab_tests.slices")
    AlgorithmType = LazyType("Algorithm", "graph.catalog.algorithms")
    StatusType = LazyType("AlgorithmStatus", "graph.catalog.statuses")
    EndpointType = LazyType("Endpoint", "graph.catalog.endpoints")
    AggregateType = LazyType("RequestAggregate", "graph.history.aggregates")
    RequestGroupType = LazyType("RequestGroup", "graph.history.aggregates")
    CalibrationPointType = LazyType("CalibrationPoint", "graph.history.quality")
    ClassQualityType = LazyType("ClassQuality", "graph.history.quality")
    JobType = LazyType("Job", "graph.catalog.jobs")
    LabelQualityType = LazyType("LabelQuality", "graph.history.quality")
    ProbabilityQualityType = LazyType("ProbabilityQuality", "graph.history.quality")
    QualityPeriodType = LazyType("QualityPeriod", "graph.history.quality")
    QualityType = LazyType("Quality", "graph.history.quality")
    DriftType = LazyType("Drift", "graph.history.drift")
    DriftBinType = LazyType("DriftBin", "graph.history.drift")
    ValueDriftType = LazyType("ValueDrift", "graph.history.drift")
    FeedbackEventType = LazyType("FeedbackEvent", "graph.history.feedback_events")
    RequestType = LazyType("Request", "graph.history.requests")
    RequestsType = LazyType("RequestConnection", "graph.history.requests")
    TruthDelayType = LazyType("ABTestTruthDelay", "graph.ab_tests.result")
    QueryType = LazyType("Query", "graph.schema")
    NodeType = LazyType("Node", "graph.vocabulary.ids")
