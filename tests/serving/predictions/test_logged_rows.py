from __future__ import annotations

import json

from domain.words import JSONValue
from orm.queries.history.requests import LONGEST_INPUT
from serving.predictions.logged_rows import text_of_checked


def test_row_is_kept_as_it_came_unless_escapes_make_it_longer_than_the_history_reads() -> None:
    short: JSONValue = {"review": "é"}
    long: JSONValue = {"review": "é" * 20_000}
    assert text_of_checked(short, json.dumps(short)) == '{"review": "\\u00e9"}'
    escaped = json.dumps(long)
    assert len(escaped) > LONGEST_INPUT > len(text_of_checked(long, escaped)) == 20_013
    assert json.loads(text_of_checked(long, escaped)) == long
