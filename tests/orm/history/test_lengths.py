"""The lengths that edges hold texts to are those of the columns, whatever database the server runs on."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise.fields import CharField

from domain.input.storable import NAME, TEXT
from orm import models
from serving.catalog.statuses import MAX_NAME
from serving.predictions.predict import MAX_TEXT

LENGTHS: dict[type[Any], dict[str, int]] = {
    models.Endpoint: {"name": NAME, "owner": NAME},
    models.MLAlgorithm: {"name": NAME, "version": NAME, "owner": NAME},
    models.MLAlgorithmStatus: {"created_by": MAX_NAME},
    models.ABTest: {"created_by": MAX_NAME},
    models.MLRequest: {"subject": MAX_TEXT, "label": TEXT},
    models.ABTestObservation: {"subject": MAX_TEXT, "champion_label": TEXT, "challenger_label": TEXT},
    models.FeedbackEvent: {"created_by": MAX_NAME},
    models.RequestFeature: {"feature": NAME, "text": TEXT},
    models.DailyConfusion: {"label": TEXT, "feedback": TEXT},
    models.IdempotencyKey: {"principal": NAME, "key": MAX_TEXT},
    models.Erasure: {"subject": MAX_TEXT, "created_by": MAX_NAME},
    models.ApiKey: {"name": MAX_NAME},
}


@pytest.mark.parametrize("table", LENGTHS)
def test_each_text_is_held_to_the_length_of_its_column(table: type[Any]) -> None:
    fields = table._meta.fields_map
    declared = {name: fields[name].max_length for name in LENGTHS[table]}
    assert declared == LENGTHS[table]
    assert all(isinstance(fields[name], CharField) for name in LENGTHS[table])
