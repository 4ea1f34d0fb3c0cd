"""The example operations that the page offers, made from the endpoints and algorithms that this server has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Template

from domain.catalog.entries import Algorithm
from domain.words import JSONValue, Status
from graph.catalog.naming import type_name
from graph.catalog.typed_features import TypedEndpoint
from graph.http.graphiql.page import ExampleTab
from serving.catalog.catalog import Snapshot

MOST_ENDPOINTS = 4
_LEAST_FOR_A_TEST = 2
_TWO_CLASSES = 2
_PLACE_FOR_AN_ID = "put the requestId of a prediction here"

_CATALOGUE = """\
# What this server predicts, and with which algorithms.
query Endpoints {
  endpoints {
    nodes {
      name
      description
      target
      features { name type unit categories minimum maximum }
      algorithms { nodes { id name version kind status ready } }
    }
  }
}
"""

_PREDICT = """\
# Ask for one prediction. The requestId in the answer is where the ground truth goes later.
mutation $operation($$features: $type!) {
  $call {
    request {
      requestId
      $answer
      latency
      message
      algorithm { name version status }
    }
    userErrors { code message path }
  }
}
"""

_FEEDBACK = """\
# Give the ground truth for a prediction, once it is known.
mutation GiveFeedback($requestId: ID!, $feedback: JSON) {
  giveFeedback(input: { requestId: $requestId, feedback: $feedback }) {
    request { requestId label value feedback correct residual }
    userErrors { code message path }
  }
}
"""

_HISTORY = """\
# The newest predictions. Add `where: { withFeedback: true }` to see only those whose ground truth is known.
query History {
  requests(first: 20) {
    totalCount
    nodes {
      requestId
      createdAt
      outcome
      label
      value
      probability
      feedback
      correct
      message
      endpoint { name }
      algorithm { name version status }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

_START_TEST = """\
# Let two algorithms of one endpoint compete. While the test runs it takes plain predictions too.
# Where an answer decides whether the truth is ever seen, as with a loan, say ONLY_FOR and which answers show it.
mutation StartABTest($algorithms: [ID!]!) {
  createABTest(input: { title: "Which one is better?", algorithms: $algorithms, outcomeSeen: ALL }) {
    abTest {
      id
      title
      state
      traffic
      champion { name version }
      challenger { name version }
    }
    userErrors { code message path }
  }
}
"""

_TEST_RESULTS = """\
# How the newest A/B tests stand. `concludeABTest(input: { id: … })` settles a running one; `holds` says what keeps it
# from naming a winner by itself.
query ABTestResults {
  abTests(first: 5) {
    nodes {
      id
      title
      endpoint { name }
      state
      verdict
      reason
      summary
      result {
        reason
        holds
        caveat
        feedbackShare
        arms { arm algorithm { name version } served withFeedback errors value valueReason }
        warnings
      }
    }
  }
}
"""

_CONFUSION = """\
# How often each label was answered where each class was the truth.
query $operation {
  requests(where: { endpoint: $endpoint, withFeedback: true }) {
    aggregate { count accuracy }
    groupedAggregates(by: [ALGORITHM, LABEL, FEEDBACK]) {
      groups { algorithm { name version } label feedback aggregate { count } }
    }
  }
}
"""

_ACCURACY = """\
# How good each algorithm was, week by week. A regressor has an rmse instead of an accuracy.
query AccuracyPerWeek {
  requests {
    groupedAggregates(by: [ALGORITHM], bucket: WEEK) {
      groups {
        bucketStart
        algorithm { name version endpoint { name } }
        aggregate { count withFeedback accuracy rmse latency { p50 p95 } }
      }
    }
  }
}
"""

_WRONG = """\
# Which algorithm was wrong where, since when: wrong answers by day, and the newest of them with what was asked.
query WrongAnswers {
  requests(where: { correct: false }, first: 20) {
    totalCount
    groupedAggregates(by: [ENDPOINT, ALGORITHM, LABEL], bucket: DAY) {
      groups { bucketStart endpoint { name } algorithm { name version } label aggregate { count } }
    }
    nodes { requestId createdAt label feedback probability input algorithm { name version } }
  }
}
"""

_EXPORT = """\
# A link to all requests with their ground truth as a file. Open it within some minutes; it carries your rights.
query Export {
  requests(where: { withFeedback: true }) {
    exportUrl(format: CSV)
  }
}
"""

_LIVE = """\
# Every prediction as it is logged, by whichever process. Predict in another window, and watch.
subscription RequestLogged {
  requestLogged {
    requestId
    createdAt
    endpoint { name }
    algorithm { name version }
    label
    value
    message
  }
}
"""


@dataclass(frozen=True, slots=True)
class ExampleEndpoint:
    """What the examples need of an endpoint: a row that can be sent as it stands, its classes, algorithm ids.

    `classes` is empty for a regressor. `algorithms` lists those that a test could compare, production first.
    `typed` is its own mutation, None where there is none.
    """

    name: str
    features: Mapping[str, JSONValue]
    classes: tuple[str, ...] = ()
    algorithms: tuple[int, ...] = ()
    typed: TypedEndpoint | None = None


def example_endpoints(snapshot: Snapshot, typed: Mapping[str, TypedEndpoint]) -> list[ExampleEndpoint]:
    """The endpoints of `snapshot` that declare an example, in the order in which the server first saw them.

    typed: those that have a mutation of their own, by name.
    """
    return [
        ExampleEndpoint(
            name=row.name,
            features=dict(spec.example),
            classes=tuple(spec.classes or ()),
            algorithms=_comparable(snapshot, row.id),
            typed=typed.get(row.name),
        )
        for row in sorted(snapshot.endpoints.values(), key=lambda row: row.id)
        if (spec := snapshot.specs.get(row.name)) is not None
    ]


def example_tabs(endpoints: Sequence[ExampleEndpoint]) -> list[ExampleTab]:
    """Operations that tell the whole story: predict, give the ground truth, look back, ask, test.

    All run as they stand but the one for feedback, whose request id only an answer can give.
    """
    tabs = [_prediction(endpoint) for endpoint in endpoints[:MOST_ENDPOINTS]]
    if endpoints:
        feedback: JSONValue = endpoints[0].classes[0] if endpoints[0].classes else 100.0
        variables = {"requestId": _PLACE_FOR_AN_ID, "feedback": feedback}
        tabs.append(ExampleTab("Give the ground truth", _FEEDBACK, _shown(variables)))
    tabs.append(ExampleTab("History of requests", _HISTORY))
    tabs += [_confusion(endpoint) for endpoint in endpoints[:MOST_ENDPOINTS] if endpoint.classes]
    tabs += [
        ExampleTab("Accuracy per week", _ACCURACY),
        ExampleTab("Wrong answers", _WRONG),
        ExampleTab("Export", _EXPORT),
        ExampleTab("Live", _LIVE),
    ]
    tabs.append(ExampleTab("Endpoints and algorithms", _CATALOGUE))
    tabs += _start_of_a_test(endpoints)
    tabs.append(ExampleTab("Results of A/B tests", _TEST_RESULTS))
    return tabs


def _prediction(endpoint: ExampleEndpoint) -> ExampleTab:
    typed, features = endpoint.typed, dict(endpoint.features)
    type_, call = "JSON", f'predict(input: {{ endpoint: "{endpoint.name}", features: $features }})'
    if typed is not None:
        features = typed.variables(features)
        type_, call = typed.features_type, f"{typed.mutation}(input: {{ features: $features }})"
    query = Template(_PREDICT).substitute(
        operation="Predict" + type_name(endpoint.name),
        type=type_,
        call=call,
        answer=_answer(endpoint),
    )
    return ExampleTab(f"Predict: {endpoint.name}", query, _shown({"features": features}))


def _answer(endpoint: ExampleEndpoint) -> str:
    """What to ask of an answer: with more than two classes, `probability` alone says little of the others."""
    if not endpoint.classes:
        return "value"
    fields = ["label", "probability"]
    if len(endpoint.classes) > _TWO_CLASSES:
        fields.append("probabilities { label probability }")
    return "\n      ".join(fields)


def _confusion(endpoint: ExampleEndpoint) -> ExampleTab:
    query = Template(_CONFUSION).substitute(
        operation="ConfusionMatrix" + type_name(endpoint.name), endpoint=json.dumps(endpoint.name)
    )
    return ExampleTab(f"Confusion matrix: {endpoint.name}", query)


def _start_of_a_test(endpoints: Sequence[ExampleEndpoint]) -> list[ExampleTab]:
    for endpoint in endpoints:
        if len(endpoint.algorithms) >= _LEAST_FOR_A_TEST:
            variables: dict[str, JSONValue] = {
                "algorithms": [str(number) for number in endpoint.algorithms[:_LEAST_FOR_A_TEST]]
            }
            return [ExampleTab(f"Start an A/B test: {endpoint.name}", _START_TEST, _shown(variables))]
    return []


def _comparable(snapshot: Snapshot, endpoint_id: int) -> tuple[int, ...]:
    """The algorithms that run here and have a status, those in production first."""

    def rank(algorithm: Algorithm) -> tuple[bool, int]:
        return algorithm.status is not Status.PRODUCTION, algorithm.id

    ready = [
        algorithm
        for algorithm in snapshot.algorithms_of(endpoint_id)
        if algorithm.status is not None and algorithm.id not in snapshot.unready
    ]
    return tuple(algorithm.id for algorithm in sorted(ready, key=rank))


def _shown(variables: Mapping[str, JSONValue]) -> str:
    return json.dumps(variables, indent=2, ensure_ascii=False)
