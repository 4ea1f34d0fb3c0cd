"""What analysts ask of the history: a favourite question each, as tabs for the page."""

from __future__ import annotations

import json
from string import Template

from graph.http.graphiql.page import ExampleTab

_CONFUSION = """\
# How often each label was answered where each class was the truth.
query ConfusionMatrix {
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


def analyst_tabs(classifier: str | None) -> list[ExampleTab]:
    """The questions; a confusion matrix only where there is a `classifier`, the name of an endpoint."""
    tabs = [
        ExampleTab("Accuracy per week", _ACCURACY),
        ExampleTab("Wrong answers", _WRONG),
        ExampleTab("Export", _EXPORT),
        ExampleTab("Live", _LIVE),
    ]
    if classifier is None:
        return tabs
    query = Template(_CONFUSION).substitute(endpoint=json.dumps(classifier))
    return [ExampleTab(f"Confusion matrix: {classifier}", query), *tabs]
