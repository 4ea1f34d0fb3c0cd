from __future__ import annotations

from pathlib import Path

from arbiter.settings import Settings
from arbiter.settings_page import describe, page

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_is_what_the_settings_say() -> None:
    assert (ROOT / "docs/settings.md").read_text("utf-8") == page(), "`make schema` prints it anew"


def test_each_summary_is_one_line_that_ends() -> None:
    summaries = [line.description for line in describe(Settings.load())]
    assert [text for text in summaries if not text.endswith(".") or "\n" in text] == []
    assert max(map(len, summaries)) <= 130


def test_what_is_chosen_by_itself_says_how() -> None:
    automatic = [name for name, field in Settings.model_fields.items() if field.default is None]
    texts = {name: Settings.model_fields[name].description or "" for name in automatic}
    assert [name for name, text in texts.items() if "by default" not in text.lower()] == []
