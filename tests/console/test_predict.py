"""The first view: a prediction by hand, from the form to the truth."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browser import EACH_MODE, Visit
from tests.console.conftest import Visitor
from tests.graphiql.test_with_the_server import ROOT, made_key, server

pytestmark = pytest.mark.browser


def answers(page: Page) -> Locator:
    return page.get_by_role("article", name=re.compile("Answer to request"))


def field(page: Page, feature: str) -> Locator:
    return page.locator(f'[data-feature="{feature}"]')


def opened(visit: Visit, address: str = "/predict") -> Page:
    page = visit.open(address, "Predict")
    page.get_by_role("button", name="Predict", exact=True).wait_for()
    return page


@pytest.mark.parametrize("mode", EACH_MODE)
def test_form_errors_answers_and_code_keep_the_rules_in_every_mode(
    site: str, visitor: Visitor, mode: str
) -> None:
    visit = visitor(site, mode)
    page = opened(visit)
    visit.check()
    page.get_by_label("age").fill("300")
    page.get_by_role("button", name="Predict", exact=True).click()
    field(page, "age").get_by_text("It must be a whole number from 0 to 120.").wait_for()
    visit.check()
    page.get_by_role("button", name="Fill in the example").click()
    page.get_by_role("button", name="Predict", exact=True).click()
    answers(page).get_by_text("Request", exact=True).wait_for()
    page.get_by_role("button", name="Ask, and compare").click()
    expect(answers(page).get_by_text("Request", exact=True)).to_have_count(2)
    page.get_by_text("The same call as code").click()
    visit.check()


def test_form_shows_what_each_feature_means_and_takes_and_the_example(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    age = page.get_by_label("age (years)")
    assert age.get_attribute("min") == "0"
    assert age.get_attribute("max") == "120"
    assert field(page, "age").inner_text().splitlines()[-1] == (
        "Age in whole years. A whole number from 0 to 120. Leave it empty if it is not known."
    )
    education = page.get_by_label("education", exact=True)
    assert education.locator("option").all_inner_texts()[:3] == ["– not known –", "Preschool", "1st-4th"]
    example = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text())["example"]
    assert age.input_value() == str(example["age"])
    assert education.input_value() == example["education"]
    page.get_by_role("button", name="Clear").click()
    assert age.input_value() == ""


def test_the_answer_comes_into_sight_and_a_reload_begins_at_the_form(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    heading = page.get_by_role("heading", name="Answer", exact=True)
    page.get_by_label("age (years)").press("Enter")
    answers(page).get_by_text("Request", exact=True).wait_for()
    expect(heading).to_be_in_viewport()
    expect(answers(page).get_by_text("Request", exact=True)).to_be_in_viewport()
    page.evaluate("window.scrollTo(0, 0)")
    page.reload()
    answers(page).get_by_text("Request", exact=True).wait_for()
    assert page.evaluate("window.scrollY") == 0


def test_wrong_values_are_named_at_their_fields_and_nothing_is_sent(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    page.get_by_label("age (years)").fill("38.5")
    page.get_by_label("education-num").fill("17")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Predict", exact=True).click()
    field(page, "age").get_by_text("It must be a whole number from 0 to 120.").wait_for()
    field(page, "education-num").get_by_text("It must be a whole number from 1 to 16.").wait_for()
    assert page.evaluate("document.activeElement.labels[0].innerText") == "age (years)"
    assert page.get_by_label("age (years)").get_attribute("aria-invalid") == "true"
    assert sent == []


def test_what_only_the_server_knows_stands_at_its_field(site: str, visitor: Visitor) -> None:
    address = f"/predict?endpoint=income_classifier{fragment(education='Kindergarten')}"
    page = opened(visitor(site), address)
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(field(page, "education").locator(".field-error")).to_contain_text("Kindergarten")
    assert answers(page).count() == 0


def fragment(**changed: str) -> str:
    """What stands behind the `#` for the example, with these values changed."""
    example = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text())["example"]
    return "#" + "&".join(f"{name}={value}" for name, value in (example | changed).items())


def test_answer_survives_a_reload_and_going_back_and_takes_the_truth(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    page.get_by_label("age (years)").fill("52")
    page.get_by_role("button", name="Predict", exact=True).click()
    card = answers(page)
    card.get_by_text("Request", exact=True).wait_for()
    address = urlsplit(page.url)
    [asked] = parse_qs(address.query)["asked"]
    assert parse_qs(address.fragment)["age"] == ["52"]
    assert "52" not in address.query.replace(asked, "")
    expect(card).to_contain_text(asked)
    expect(card.get_by_label("Probabilities").get_by_role("listitem")).to_have_count(2)
    page.reload()
    expect(card).to_contain_text(asked)
    assert page.get_by_label("age (years)").input_value() == "52"

    card.get_by_label("What was true?").select_option(">50K")
    card.get_by_role("button", name="Tell the truth").click()
    card.get_by_text(re.compile("^(right|wrong)$")).wait_for()
    card.get_by_role("button", name="Take it back").click()
    card.get_by_text("not known yet").wait_for()

    page.get_by_label("age (years)").fill("17")
    page.get_by_role("button", name="Predict", exact=True).click()
    expect(card).not_to_contain_text(asked)
    page.go_back()
    expect(card).to_contain_text(asked)
    assert page.get_by_label("age (years)").input_value() == "52"


def test_same_input_is_asked_of_another_algorithm_side_by_side(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    page.get_by_role("button", name="Predict", exact=True).click()
    page.get_by_role("button", name="Ask, and compare").click()
    expect(answers(page).get_by_role("heading")).to_have_count(2)
    one, other = answers(page).get_by_role("heading").all_inner_texts()
    assert one != other
    page.reload()
    expect(answers(page).get_by_role("heading")).to_have_text([one, other])


def test_regressor_is_told_its_truth_in_its_unit(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=premium_insurance")
    page.get_by_role("button", name="Predict", exact=True).click()
    card = answers(page)
    card.get_by_label("What was true?").fill("20000")
    card.get_by_role("button", name="Tell the truth").click()
    card.get_by_text(re.compile(r"20,000 .*, the answer is .* too (low|high)")).wait_for()


def test_copied_calls_run_as_they_stand(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    page.get_by_label("age (years)").fill("52")
    page.get_by_text("The same call as code").click()
    curl = page.get_by_role("region", name="curl").locator("pre").inner_text()
    done = subprocess.run(["bash", "-c", f"{curl} -s"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["data"]["predict"]["userErrors"] == []
    python = page.get_by_role("region", name="Python").locator("pre").inner_text()
    done = subprocess.run([sys.executable, "-c", python], capture_output=True, text=True, check=True)
    assert "'userErrors': []" in done.stdout
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy link to these inputs").click()
    page.get_by_text("Copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_label("age (years)")).to_have_value("52")


def test_graphiql_opens_with_the_call_of_the_form(site: str, visitor: Visitor) -> None:
    page = opened(visitor(site), "/predict?endpoint=income_classifier")
    page.get_by_text("The same call as code").click()
    href = page.get_by_role("link", name="Open in GraphiQL").get_attribute("href")
    assert href is not None
    query = parse_qs(urlsplit(href).fragment)
    assert query["query"][0].startswith("mutation Predict(")
    assert "__typename" not in query["query"][0]
    assert json.loads(query["variables"][0])["input"]["endpoint"] == "income_classifier"
    with page.context.expect_page() as opening:
        page.get_by_role("link", name="Open in GraphiQL").click()
    graphiql = opening.value
    expect(graphiql.locator(".graphiql-query-editor")).to_be_visible()
    shown = graphiql.evaluate(
        "[...document.querySelectorAll('.CodeMirror')].map(box => box.CodeMirror.getValue()).join()"
    )
    assert "mutation Predict(" in shown
    assert '"education": "HS-grad"' in shown
    assert "#" not in graphiql.url


def test_keyboard_alone_fills_in_asks_compares_and_tells(site: str, visitor: Visitor) -> None:
    visit = visitor(site)
    page = opened(visit, "/predict?endpoint=income_classifier")
    visit.tab_to("age (years)")
    page.keyboard.press("Control+A")
    page.keyboard.type("61")
    visit.tab_to("Predict")
    page.keyboard.press("Enter")
    answers(page).get_by_text("Request", exact=True).wait_for()
    visit.tab_to("Ask, and compare")
    page.keyboard.press("Enter")
    expect(answers(page).get_by_text("Request", exact=True)).to_have_count(2)
    assert parse_qs(urlsplit(page.url).fragment)["age"] == ["61"]


def test_who_may_only_look_is_told_so_and_never_offered_the_truth(tmp_path: Path, visitor: Visitor) -> None:
    reader = made_key(tmp_path, "reader", "read")
    asker = made_key(tmp_path, "asker", "read", "predict:income_classifier")
    manifest = tmp_path / "own.json"
    manifest.write_text('{"nothing": "query Nothing { __typename }"}')
    settings = {"profile": "public", "trusted_documents": str(manifest), "trusted_documents_mode": "only"}
    with server(ROOT, tmp_path, **settings) as url:
        page = visitor(url, key=reader).open("/predict", "Predict")
        page.get_by_text("You may look, but not ask income_classifier for predictions.").wait_for()
        page = opened(visitor(url, key=asker), "/predict?endpoint=income_classifier")
        page.get_by_role("button", name="Predict", exact=True).click()
        answers(page).get_by_text("Request", exact=True).wait_for()
        assert page.get_by_role("button", name="Tell the truth").count() == 0
        page.get_by_label("Endpoint").select_option("premium_insurance")
        page.get_by_text("You may look, but not ask premium_insurance for predictions.").wait_for()


def test_console_works_below_a_prefix_on_postgres(
    postgres_url: str, tmp_path: Path, visitor: Visitor
) -> None:
    with server(ROOT, tmp_path, database_url=postgres_url, root_path="/ml/arbiter") as url:
        below = f"{url}/ml/arbiter"
        page = opened(visitor(below), "/predict?endpoint=income_classifier")
        page.get_by_role("button", name="Predict", exact=True).click()
        answers(page).get_by_text("Request", exact=True).wait_for()
        assert urlsplit(page.url).path == "/ml/arbiter/console/predict"
        page.reload()
        answers(page).get_by_text("Request", exact=True).wait_for()
