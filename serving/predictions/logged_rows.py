"""What the log keeps of a row: its text, its indexed features, and what was said of it."""

from __future__ import annotations

import orjson

from domain.errors import Failure
from domain.requests.new_request import NewRequest
from domain.requests.request import Answer
from domain.words import JSONValue, Outcome
from orm.queries.history.requests import LONGEST_INPUT
from registry.features import LABEL, FeatureSchema, Row
from serving.json_text import stored_json


def text_of_checked(row: JSONValue, text: str | None) -> str:
    """A row that was checked, as it is kept: as it came where that is known, else as JSON.

    What came is written anew where escapes have made it longer than the history reads.
    """
    if text is not None and len(text) <= LONGEST_INPUT:
        return text
    if isinstance(row, dict) and LABEL not in row:
        # Nothing but features that were checked: flat, finite and no larger than 64 bits.
        return orjson.dumps(row).decode()
    return stored_json(row)


def set_answer(new: NewRequest, answer: Answer | Failure) -> None:
    """Write down what the algorithm said of a row, or why it said nothing."""
    if isinstance(answer, Failure):
        # PostgreSQL stores no null characters in text, and a message may quote what the caller sent.
        new.outcome, new.fault, new.message = (
            Outcome.ERROR,
            answer.fault,
            answer.message.replace("\x00", "\\0"),
        )
        response: dict[str, object] = {"message": answer.message, "code": answer.code, "path": answer.path}
        if answer.parts:
            response["parts"] = [(part.message, part.code, part.path) for part in answer.parts]
    elif answer.label is not None:
        new.label, new.probability = answer.label, answer.probability
        if answer.probabilities is not None:
            new.confidence = answer.probabilities.get(answer.label)
        response = {
            "label": answer.label,
            "probability": answer.probability,
            "probabilities": answer.probabilities,
        }
    else:
        new.value = answer.value
        response = {"value": answer.value}
    new.full_response = orjson.dumps(response).decode()


def indexed(features: FeatureSchema, row: Row) -> tuple[tuple[str, str | None, float | None], ...]:
    """The features that the endpoint declares as indexed: text for categories, a number for the rest."""
    values = ((name, row[place]) for place, name in features.indexed)
    return tuple(
        (name, value, None) if isinstance(value, str) else (name, None, float(value))
        for name, value in values
        if value is not None
    )
