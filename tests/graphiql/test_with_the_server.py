"""The page of the real server, started as an operator starts it: every example runs as it stands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.graphiql.chromium import Page

ROOT = Path(__file__).parents[2]
PACKAGES = ("arbiter", "graph", "rest", "serving", "registry", "orm", "domain")


def environment_of(checkout: Path, folder: Path, **settings: str) -> dict[str, str]:
    """What a process of `checkout` finds in its environment: a database in `folder`, and these ARBITER_* settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARBITER_")}
    environment |= {
        "ARBITER_ARTIFACTS": str(ROOT / "artifacts"),
        "ARBITER_DATABASE_URL": f"sqlite://{folder / 'arbiter.db'}",
        "ARBITER_LOG": "json",
        "PYTHONPATH": str(checkout),
    }
    return environment | {f"ARBITER_{name.upper()}": value for name, value in settings.items()}


def made_key(folder: Path, name: str, *scopes: str) -> str:
    """The secret of a new API key."""
    command = [sys.executable, "-m", "arbiter", "keys", "create", name, "--json"]
    command += [part for scope in scopes for part in ("--scope", scope)]
    done = subprocess.run(
        command, env=environment_of(ROOT, folder), cwd=ROOT, capture_output=True, text=True, check=True
    )
    return str(json.loads(done.stdout)["secret"])


@contextmanager
def server(checkout: Path, folder: Path, **settings: str) -> Iterator[str]:
    """The base URL of a server of `checkout` whose database lies in `folder`; it is stopped with SIGTERM."""
    environment = environment_of(checkout, folder, **settings)
    process = subprocess.Popen(
        [sys.executable, "-m", "arbiter", "serve", "--port", "0"],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if "listening" in line:
                break
        else:
            pytest.fail("the server did not start:\n" + "".join(said))
        yield json.loads(said[-1])["url"]
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(ROOT, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def without_vendor(tmp_path: Path) -> Path:
    """A copy of this checkout without GraphiQL's files."""
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, tmp_path / "copy" / name, ignore=shutil.ignore_patterns("vendor", "__pycache__")
        )
    return tmp_path / "copy"


def config_of(html: str) -> dict[str, Any]:
    [text] = re.findall(r'<script type="application/json" id="config">(.*?)</script>', html)
    config: dict[str, Any] = json.loads(text)
    return config


def test_every_example_of_the_page_runs_as_it_stands(running: str) -> None:
    answers = {}
    with httpx.Client(base_url=running, timeout=60) as client:
        html = client.get("/graphql", headers={"accept": "text/html"})
        assert html.headers["content-security-policy"].startswith("default-src 'none'")
        config = config_of(html.text)
        request_id = ""
        for tab in config["tabs"]:
            if tab["title"] == "Live":  # tests/graphiql/test_subscriptions.py runs it, in the page
                continue
            variables = json.loads(tab["variables"] or "{}")
            if "requestId" in variables:
                variables["requestId"] = request_id
            answer = client.post(
                config["endpoint"], json={"query": tab["query"], "variables": variables}
            ).json()
            assert "errors" not in answer, (tab["title"], answer)
            [(field, value)] = answer["data"].items()
            assert value.get("userErrors", []) == [], tab["title"]
            if field.startswith("predict"):
                request_id = request_id or value["request"]["requestId"]
            answers[tab["title"]] = value
    assert list(answers) == [
        "Predict: income_classifier",
        "Predict: premium_insurance",
        "Predict: wine_cultivar",
        "Give the ground truth",
        "History of requests",
        "Confusion matrix: income_classifier",
        "Confusion matrix: wine_cultivar",
        "Accuracy per week",
        "Wrong answers",
        "Export",
        "Endpoints and algorithms",
        "Start an A/B test: income_classifier",
        "Results of A/B tests",
    ]
    assert answers["Predict: income_classifier"]["request"]["label"] in ("<=50K", ">50K")
    assert answers["Predict: premium_insurance"]["request"]["value"] > 0
    wine = answers["Predict: wine_cultivar"]["request"]
    assert wine["label"] == "Barolo"
    assert [one["label"] for one in wine["probabilities"]] == ["Barbera", "Barolo", "Grignolino"]
    assert sum(one["probability"] for one in wine["probabilities"]) == pytest.approx(1.0)
    assert answers["Confusion matrix: wine_cultivar"]["groupedAggregates"]["groups"] == []
    assert answers["Give the ground truth"]["request"]["feedback"] == "<=50K"
    assert answers["History of requests"]["totalCount"] == 3
    [cell] = answers["Confusion matrix: income_classifier"]["groupedAggregates"]["groups"]
    label = answers["Predict: income_classifier"]["request"]["label"]
    assert (cell["label"], cell["feedback"], cell["aggregate"]) == (label, "<=50K", {"count": 1})
    weeks = answers["Accuracy per week"]["groupedAggregates"]["groups"]
    assert [week["aggregate"]["count"] for week in weeks] == [1, 1, 1]
    assert answers["Wrong answers"]["totalCount"] == int(label != "<=50K")
    assert answers["Export"]["exportUrl"].startswith("/exports/requests.csv?")
    assert [test["state"] for test in answers["Results of A/B tests"]["nodes"]] == ["RUNNING"]


@pytest.mark.browser
@pytest.mark.usefixtures("with_graphiql")
def test_graphiql_of_the_server_predicts_at_the_press_of_run_and_asks_no_other_host(
    running: str, page: Page
) -> None:
    page.open(f"{running}/graphql")
    page.click(".graphiql-execute-button")
    page.wait_for("document.querySelector('.result-window')?.innerText.includes('requestId')")
    page.settle()
    answer = json.loads(
        page.ask("document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()")
    )
    assert answer["data"]["predictIncomeClassifier"]["request"]["label"] in ("<=50K", ">50K")
    assert answer["data"]["predictIncomeClassifier"]["userErrors"] == []
    marks = "[...document.querySelectorAll('.graphiql-editor-tool .CodeMirror-lint-mark-error')]"
    assert page.ask(f"{marks}.every(mark => getComputedStyle(mark).backgroundImage === 'none')")
    assert page.hosts() == {running.removeprefix("http://")}
    assert page.complaints == []


@pytest.mark.browser
def test_server_without_graphiql_predicts_on_its_own_page_and_asks_no_other_host(
    without_vendor: Path, tmp_path: Path, page: Page
) -> None:
    with server(without_vendor, tmp_path) as url:
        page.open(f"{url}/graphql")
        page.click("#run")
        page.wait_for("document.querySelector('#state').textContent.startsWith('HTTP 200')")
        answer = json.loads(page.ask("document.querySelector('#result').textContent"))
        assert answer["data"]["predictIncomeClassifier"]["request"]["label"] in ("<=50K", ">50K")
        assert answer["data"]["predictIncomeClassifier"]["userErrors"] == []
        page.settle()
        assert page.hosts() == {url.removeprefix("http://")}
        assert page.complaints == []


@pytest.mark.browser
@pytest.mark.usefixtures("with_graphiql")
def test_analyst_has_headers_history_explorer_themes_and_the_keyboard(running: str, page: Page) -> None:
    page.open(f"{running}/graphql")
    page.wait_for("document.querySelector('.graphiql-query-editor .CodeMirror')")
    labels = page.ask("[...document.querySelectorAll('button')].map(b => b.ariaLabel || b.innerText.trim())")
    assert {"Show History", "Show GraphiQL Explorer", "Show Documentation Explorer", "Headers"} <= set(labels)
    page.ask(
        "document.querySelector('.graphiql-query-editor textarea').dispatchEvent(new KeyboardEvent("
        "'keydown', {key: 'Enter', code: 'Enter', keyCode: 13, ctrlKey: true, bubbles: true}))"
    )
    page.wait_for("document.querySelector('.result-window')?.innerText.includes('requestId')")
    for theme in ("Dark", "Light"):
        page.click("button[aria-label='Open settings dialog']")
        page.wait_for(f"[...document.querySelectorAll('button')].some(b => b.innerText === '{theme}')")
        page.ask(f"[...document.querySelectorAll('button')].find(b => b.innerText === '{theme}').click()")
        page.wait_for(f"document.body.className.includes('graphiql-{theme.lower()}')")
        page.ask(
            "document.querySelector('.graphiql-dialog button[aria-label], .graphiql-dialog-close').click()"
        )
        page.wait_for("!document.querySelector('.graphiql-dialog')")


BOX = "document.querySelector('#key')"


def enter(page: Page, key: str) -> None:
    """Type a key into the box and press its button."""
    page.wait_for(BOX)
    page.ask(f"{BOX}.value = {json.dumps(key)}")
    page.click("#enter")


@pytest.mark.browser
@pytest.mark.usefixtures("with_graphiql")
def test_public_page_asks_for_a_key_and_shows_the_schema_with_it_until_somebody_signs_out(
    tmp_path: Path, page: Page
) -> None:
    reader = made_key(tmp_path, "reader", "read", "predict")
    predictor = made_key(tmp_path, "predictor", "predict")
    with server(ROOT, tmp_path, profile="public", anonymous_scopes="predict") as url:
        page.open(f"{url}/graphql")
        page.wait_for(BOX)
        page.settle()
        assert "income" not in page.ask("document.documentElement.outerHTML")
        assert page.ask("document.scripts.length") == 1
        assert page.complaints == []
        for key, reason in (
            ("wrong", "the API key is not valid: it is unknown or was revoked"),
            (predictor, "this page needs a key or token with the scope `read`, which 'predictor' lacks"),
            ("schlüssel →", "this is no key: a key or token has no spaces and no letters with accents"),
        ):
            enter(page, key)
            page.wait_for("document.querySelector('#said')?.textContent")
            assert page.ask("document.querySelector('#said').textContent") == reason
            assert page.ask("[sessionStorage.length, localStorage.length]") == [0, 0]
            page.ask("document.querySelector('#said').textContent = ''")
        page.complaints.clear()  # Chromium tells of each refused call.

        enter(page, f"Bearer {reader}")
        page.click(".graphiql-execute-button")
        page.wait_for("document.querySelector('.result-window')?.innerText.includes('requestId')")
        page.click("[aria-label='Show Documentation Explorer']")
        page.wait_for("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Query')")
        page.settle()
        assert reader not in page.ask("JSON.stringify(Object.entries(localStorage))")
        assert page.ask("document.cookie") == ""

        page.open(f"{url}/graphql?again")
        page.click(".sign-out")
        page.wait_for(BOX)
        assert page.ask("sessionStorage.length") == 0
        assert page.hosts() == {url.removeprefix("http://")}
        assert page.complaints == []


@pytest.mark.browser
@pytest.mark.usefixtures("with_graphiql")
def test_signed_in_page_follows_a_subscription_with_its_key(tmp_path: Path, page: Page) -> None:
    reader = made_key(tmp_path, "reader", "read", "predict")
    row = '{endpoint: "income_classifier", rows: [{}]}'
    predict = f"mutation {{ predictBatch(input: {row}) {{ results {{ request {{ requestId }} }} }} }}"
    with (
        server(ROOT, tmp_path, profile="public", anonymous_scopes="predict") as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        page.open(f"{url}/graphql")
        enter(page, reader)
        page.wait_for("document.querySelector('.graphiql-query-editor .CodeMirror')")
        page.ask(
            "document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror"
            ".setValue('subscription { requestLogged { requestId outcome } }')"
        )
        page.settle()
        page.click(".graphiql-execute-button")
        for _ in range(600):
            if "arbiter_subscriptions 1.0" in client.get("/metrics").text.splitlines():
                break
            page.settle(0.1)
        answer = client.post("/graphql", json={"query": predict}).json()
        (stored,) = [one["request"]["requestId"] for one in answer["data"]["predictBatch"]["results"]]
        result = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"
        page.wait_for(f"{result}?.includes('{stored}')")
        shown = json.loads(page.ask(result))
        assert shown == {"data": {"requestLogged": {"requestId": stored, "outcome": "ERROR"}}}
        assert page.hosts() == {url.removeprefix("http://")}
        assert page.complaints == []


@pytest.mark.browser
def test_small_page_is_opened_with_a_key_too(without_vendor: Path, tmp_path: Path, page: Page) -> None:
    reader = made_key(tmp_path, "reader", "read", "predict")
    with server(without_vendor, tmp_path, profile="public", anonymous_scopes="predict") as url:
        page.open(f"{url}/graphql")
        enter(page, reader)
        page.click("#run")
        page.wait_for("document.querySelector('#state')?.textContent.startsWith('HTTP 200')")
        answer = json.loads(page.ask("document.querySelector('#result').textContent"))
        assert answer["data"]["predictIncomeClassifier"]["request"]["label"] in ("<=50K", ">50K")
        page.click("#sign-out")
        page.wait_for(BOX)
        assert page.ask("sessionStorage.length") == 0
        assert page.hosts() == {url.removeprefix("http://")}
        assert page.complaints == []
