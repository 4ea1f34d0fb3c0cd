"""Two stories of A/B tests, told by a server itself: a better algorithm is promoted, and a copy is not.

    python -m training.ab_stories

Held-out rows of the Adult census (fetched from openml.org, or of the file that --data names) go through a test over
GraphQL, each with its ground truth, until the test knows. First CatBoost challenges the random forest in production.
Then the winner is tested against a copy of itself. Without --url the script starts a server of its own, which is gone
at the end.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.request import Request, urlopen

from arbiter.cli.interval_chart import Mark, draw
from registry.discovery import default_artifacts_root
from training import own_server
from training.data import held_out
from training.second_version import write_plugin

ENDPOINT = "income_classifier"
FOREST, CATBOOST, COPY = ("random forest", "0.0.1"), ("catboost", "0.1.0"), ("catboost", "0.1.1")
STEP = 250
ENOUGH = 2_000
TIMEOUT = 120.0

Json: TypeAlias = Any
Row: TypeAlias = Mapping[str, Any]

CATALOGUE = """
query Catalogue($endpoint: String) {
  endpoint(name: $endpoint) {
    features { name type }
    algorithms(first: 100) { nodes { id name version status } }
  }
}
"""
CREATE = """
mutation Create($input: CreateABTestInput!) {
  createABTest(input: $input) { abTest { id } userErrors { message } }
}
"""
PREDICT = """
mutation Predict($endpoint: String!, $rows: [JSON!]!) {
  predictBatch(input: {endpoint: $endpoint, rows: $rows}) {
    results { request { requestId outcome } }
    userErrors { message }
  }
}
"""
TRUTH = """
mutation Truth($items: [GiveFeedbackInput!]!) {
  giveFeedbackBatch(input: {items: $items}) { userErrors { message } }
}
"""
CONCLUDE = """
mutation Conclude($id: ID!) {
  concludeABTest(input: {id: $id}) { userErrors { message } }
}
"""
LOOK = """
query Look($id: ID!) {
  abTest(id: $id) {
    state
    verdict
    summary
    plan { alpha }
    result {
      reason
      arms { withFeedback value algorithm { name version status } }
      difference { estimate interval { low high } }
      eValue
      discordance { challengerOnly championOnly }
    }
    series(points: 12) { feedback estimate interval { low high } }
  }
}
"""


class Refused(SystemExit):
    """The server answered with an error; the text shows it."""


@dataclass(frozen=True, slots=True)
class Client:
    """Asks a server at `url`, with a key where it needs one."""

    url: str
    api_key: str | None = None

    def ask(self, query: str, **variables: Json) -> Json:
        """The `data` of an operation. Raises Refused for errors, and for `userErrors` of a mutation."""
        headers = {"Content-Type": "application/json"}
        if self.api_key is not None:
            headers["Authorization"] = f"Bearer {self.api_key}"
        body = json.dumps({"query": query, "variables": variables}).encode()
        with urlopen(Request(f"{self.url}/graphql", body, headers), timeout=TIMEOUT) as response:
            answer = json.load(response)
        problems = list(answer.get("errors") or ())
        for payload in (answer.get("data") or {}).values():
            if isinstance(payload, dict):
                problems += payload.get("userErrors") or ()
        if problems:
            raise Refused("; ".join(problem["message"] for problem in problems))
        return answer["data"]


@dataclass(frozen=True, slots=True)
class People:
    """Rows as the endpoint takes them, and the truth about each."""

    rows: Sequence[Row]
    truths: list[str]


def people_of(client: Client, path: Path | None) -> People:
    """The held-out rows of a CSV file, or of the fetched set, their numbers as numbers; missing values are null."""
    endpoint = client.ask(CATALOGUE, endpoint=ENDPOINT)["endpoint"]
    numbers = {
        feature["name"] for feature in endpoint["features"] if feature["type"] in ("NUMBER", "INTEGER")
    }
    data = held_out(path)
    rows = [
        {name: float(text) if name in numbers and text is not None else text for name, text in row.items()}
        for row in data.rows
    ]
    return People(rows, data.labels)


def tell(client: Client, title: str, algorithms: Sequence[str], people: People, **options: Json) -> Json:
    """Run one test until it ends or nobody is left, printing how it goes; the test as it is then."""
    print(f"{title}\n", flush=True)
    # What the census says of somebody was known before anybody asked.
    asked = {"title": title, "algorithms": list(algorithms), "outcomeSeen": "ALL", **options}
    test_id = client.ask(CREATE, input=asked)["createABTest"]["abTest"]["id"]
    test = client.ask(LOOK, id=test_id)["abTest"]
    for start in range(0, len(people.rows), STEP):
        _send(client, people, slice(start, start + STEP))
        test = client.ask(LOOK, id=test_id)["abTest"]
        if test["state"] != "RUNNING":
            break
        print(_progress(test), flush=True)
    if test["state"] == "RUNNING":
        test = _conclude(client, test_id)
    _print_end(test)
    return test


def _conclude(client: Client, test_id: str) -> Json:
    """End a test that may have ended by itself meanwhile; the test as it is then."""
    try:
        client.ask(CONCLUDE, id=test_id)
    except Refused:
        test = client.ask(LOOK, id=test_id)["abTest"]
        if test["state"] == "RUNNING":
            raise
        return test
    return client.ask(LOOK, id=test_id)["abTest"]


def _send(client: Client, people: People, some: slice) -> None:
    """Predict some rows and tell the truth about those that were answered."""
    answered = client.ask(PREDICT, endpoint=ENDPOINT, rows=people.rows[some])["predictBatch"]["results"]
    items = [
        {"requestId": result["request"]["requestId"], "feedback": truth}
        for result, truth in zip(answered, people.truths[some], strict=True)
        if result["request"]["outcome"] == "OK"
    ]
    client.ask(TRUTH, items=items)


def _progress(test: Json) -> str:
    result = test["result"]
    arms = [
        f"{_name(arm)} {100 * arm['value']:.1f} % right" for arm in result["arms"] if arm["value"] is not None
    ]
    line = f"{result['arms'][0]['withFeedback']:>6,} people: {', '.join(arms)}"
    if result["difference"] is None:
        return line
    figure = 100 * result["difference"]["estimate"]
    evidence = f"{_evidence(result['eValue'])} of {1 / test['plan']['alpha']:g}"
    return f"{line}; difference {figure:+.1f} points; evidence {evidence}"


def _evidence(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _print_end(test: Json) -> None:
    feedback = test["result"]["arms"][0]["withFeedback"]
    print(f"\n{test['verdict'] or test['state']} after {feedback:,} people.\n{test['summary']}")
    discordance = test["result"]["discordance"]
    if discordance is not None:
        print(
            f"Only the challenger was right {discordance['challengerOnly']:,} times, "
            f"only the champion {discordance['championOnly']:,} times."
        )
    for arm in test["result"]["arms"]:
        status = arm["algorithm"]["status"]
        print(f"{_name(arm)} is now {'in ' + status if status else 'without a status, as before'}.")
    marks = _marks(test["series"])
    if marks:
        print("\n  feedback  champion better │ challenger better (points of accuracy)")
        for line in draw(marks, scale=100.0):
            print(line.plain)
    print(flush=True)


def _marks(series: Sequence[Json]) -> list[Mark]:
    """The places of the chart where something can be said; an end that is null lies at the end of the world."""
    found = []
    for point in series:
        interval = point["interval"]
        if point["estimate"] is not None and interval is not None:
            low = -1.0 if interval["low"] is None else interval["low"]
            high = 1.0 if interval["high"] is None else interval["high"]
            found.append(Mark(point["feedback"], point["estimate"], low, high))
    return found


def _name(arm: Json) -> str:
    return f"{arm['algorithm']['name']} {arm['algorithm']['version']}"


def stories(client: Client, data: Path | None) -> tuple[Json, Json]:
    """Both stories, one after the other; the two tests as they ended. Raises Refused where an algorithm is missing."""
    found = client.ask(CATALOGUE, endpoint=ENDPOINT)["endpoint"]["algorithms"]["nodes"]
    ids = {(one["name"], one["version"]): one["id"] for one in found}
    missing = [
        f"{name} {version}" for name, version in (FOREST, CATBOOST, COPY) if (name, version) not in ids
    ]
    if missing:
        raise Refused(
            f"the server lacks {', '.join(missing)}: start it with the folder that --plugin writes on PYTHONPATH"
        )
    people = people_of(client, data)
    better = tell(client, "Is CatBoost better than the random forest?", [ids[FOREST], ids[CATBOOST]], people)
    same = tell(
        client,
        "Is a copy of CatBoost better than CatBoost?",
        [ids[CATBOOST], ids[COPY]],
        people,
        maxFeedback=min(ENOUGH, len(people.rows) // 2),
    )
    return better, same


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    """The server at `url`, or one of our own that knows a copy of CatBoost."""
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        plugins = Path(folder, "plugins")
        write_copy(plugins)
        with own_server.running(Path(folder), plugins) as address:
            yield address


def write_copy(out: Path) -> None:
    """Write the plug-in that registers CatBoost a second time."""
    source = default_artifacts_root() / ENDPOINT / "-".join(CATBOOST)
    write_plugin(out, source, COPY[1])


def main(argv: Sequence[str] | None = None) -> None:
    """Tell both stories, or write the plug-in that a server needs for the second."""
    parser = argparse.ArgumentParser(
        prog="python -m training.ab_stories", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    parser.add_argument("--data", type=Path, help="the CSV file; without it the Adult census is fetched")
    parser.add_argument("--url", help="where a server runs; without it one is started")
    parser.add_argument("--api-key", help="a key with the scopes read, predict, feedback and admin")
    parser.add_argument("--plugin", type=Path, help="only write the plug-in with the copy into this folder")
    options = parser.parse_args(argv)
    if options.plugin is not None:
        write_copy(options.plugin)
        return
    with _server(options.url) as address:
        stories(Client(address, options.api_key), options.data)


if __name__ == "__main__":
    main()
