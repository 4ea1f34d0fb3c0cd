"""The old service's A/B client: sends held-out rows through a test over the legacy URLs, tells the truth, stops it.

    python -m training.ab_test --url http://127.0.0.1:8000

Each row goes as a form to `predict?status=ab_testing`, each ground truth as a form to `mlrequests/<id>`, as the
old client did; an empty value is a missing one. The rows are the 30 % that no training saw: of the Adult census, which
is fetched from openml.org, or of the file that --data names. `--endpoint wine_cultivar` needs neither network nor file:
scikit-learn ships its data.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from training.data import CULTIVAR, INCOME, PREMIUM, held_out

PREFIX = "/api/v1"
FORM = "application/x-www-form-urlencoded"
TARGETS = {"income_classifier": INCOME, "premium_insurance": PREMIUM, "wine_cultivar": CULTIVAR}
TIMEOUT = 60.0
OK = range(200, 300)


class Refused(SystemExit):
    """The server's answer was no success; the text shows it."""


@dataclass
class Client:
    """A connection to the server, kept open between calls."""

    url: str
    api_key: str | None = None
    _connection: HTTPConnection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.netloc, timeout=TIMEOUT)

    def call(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - each URL has its shape
        """The JSON answer to one call, the fields of `form` sent as a form. Raises Refused."""
        headers = {"Accept": "application/json"}
        if form is not None:
            headers["Content-Type"] = FORM
        if self.api_key is not None:
            headers["Authorization"] = f"Bearer {self.api_key}"
        body = None if form is None else urlencode(form)
        self._connection.request(method, PREFIX + path, body=body, headers=headers)
        response = self._connection.getresponse()
        text = response.read().decode()
        if response.status not in OK:
            raise Refused(f"{method} {path} was answered {response.status}: {text}")
        return json.loads(text)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a test: how many rows were answered, how many were refused, and the server's summary."""

    ab_test: int
    answered: int
    refused: int
    summary: str


def run(
    client: Client,
    endpoint: str,
    rows: Sequence[Mapping[str, str | None]],
    labels: Sequence[str],
    ab_test: int,
) -> Result:
    """Send every row through the running test `ab_test`, give its ground truth, and stop the test."""
    answered = refused = 0
    predict = f"/{quote(endpoint, safe='')}/predict?status=ab_testing"
    for row, label in zip(rows, labels, strict=True):
        answer = client.call("POST", predict, {name: value or "" for name, value in row.items()})
        if answer["status"] == "OK":
            answered += 1
        else:
            refused += 1
            print(f"row {answered + refused}: {answer['message']}", file=sys.stderr)
        client.call("PUT", f"/mlrequests/{answer['request_id']}", {"feedback": label})
        if (answered + refused) % 100 == 0:
            print(f"{answered + refused} of {len(rows)} rows", file=sys.stderr)
    stopped = client.call("POST", f"/stop_ab_test/{ab_test}")
    return Result(ab_test, answered, refused, stopped.get("summary", stopped["message"]))


def create(client: Client, endpoint: str, algorithms: Iterable[int] = ()) -> int:
    """Begin a test of two algorithms, by default the first in production against the first in testing."""
    one, two = tuple(algorithms) or _production_and_testing(client, endpoint)
    form = {
        "title": f"{endpoint}: algorithm {one} against {two} on held-out rows",
        "created_by": "training.ab_test",
        "parent_mlalgorithm1": str(one),
        "parent_mlalgorithm2": str(two),
    }
    test_id: int = client.call("POST", "/abtests", form)["id"]
    return test_id


def _production_and_testing(client: Client, endpoint: str) -> tuple[int, int]:
    ids = {found["name"]: found["id"] for found in client.call("GET", "/endpoints")}
    if endpoint not in ids:
        raise Refused(f"there is no endpoint {endpoint!r}; there are: {', '.join(ids)}")
    first: dict[str, int] = {}
    for algorithm in client.call("GET", "/mlalgorithms"):
        if algorithm["parent_endpoint"] == ids[endpoint]:
            first.setdefault(algorithm["current_status"], algorithm["id"])
    if not {"production", "testing"} <= first.keys():
        raise Refused(
            f"{endpoint} needs an algorithm in production and one in testing; or name two: --algorithms 1 2"
        )
    return first["production"], first["testing"]


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.ab_test", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--data", type=Path, help="the CSV file; without it the set is fetched")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the server is")
    parser.add_argument("--endpoint", default="income_classifier", choices=sorted(TARGETS))
    parser.add_argument("--rows", type=int, default=1000, help="how many held-out rows to send")
    parser.add_argument(
        "--algorithms", type=int, nargs=2, default=(), metavar="ID", help="the two to compare"
    )
    parser.add_argument("--test", type=int, help="a running test to use instead of a new one")
    parser.add_argument("--api-key", help="a key with the scopes read, predict, feedback and admin")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the client with these command-line arguments."""
    arguments = _arguments(argv)
    data = held_out(arguments.data, TARGETS[arguments.endpoint])
    count = arguments.rows
    with closing(Client(arguments.url, arguments.api_key)) as client:
        test_id = arguments.test or create(client, arguments.endpoint, arguments.algorithms)
        result = run(client, arguments.endpoint, data.rows[:count], data.labels[:count], test_id)
    print(f"A/B test {result.ab_test}: {result.answered} rows answered, {result.refused} refused.")
    print(result.summary)


if __name__ == "__main__":
    main()
