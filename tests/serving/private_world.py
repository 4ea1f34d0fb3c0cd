"""Services over a use case with private features, whose algorithm quotes its row when it fails."""

from __future__ import annotations

from collections.abc import Sequence

from domain.requests.request import Answer
from domain.words import JSONValue
from registry.algorithm import Classifier
from registry.artifacts import Artifact
from registry.discovery import Registry
from registry.endpoints import endpoint_of
from registry.features import Row
from registry.json_documents import JSONDocument
from tests.serving.world import AtZero, registered, spec_of

LOANS = endpoint_of(
    JSONDocument(
        {
            "name": "loans",
            "kind": "classifier",
            "owner": "tests",
            "description": "A use case with secrets.",
            "target": {"name": "truth", "classes": ["no", "yes"], "positive_class": "yes"},
            "features": [
                {"name": "ssn", "type": "category", "indexed": True, "private": True},
                {"name": "income", "type": "number", "maximum": 1000, "indexed": True, "private": True},
                {"name": "town", "type": "category", "indexed": True},
            ],
            "example": {"ssn": "0", "income": 1.0, "town": "Ulm"},
        },
        "loans/endpoint.json",
    )
)
FAILS = "Fail"


class Banker(Classifier, endpoint="loans", name="banker", version="1", owner="tests", status="production"):
    """Yes from 10 on. In the town of Fail it fails, and says on what."""

    def load(self, artifact: Artifact | None) -> None:
        pass

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [self._answer(row) for row in rows]

    def _answer(self, row: Row) -> Answer:
        if row[2] == FAILS:
            raise ValueError(f"cannot digest {row!r}")
        good = float(row[1] or 0) >= 10
        return Answer(
            label="yes" if good else "no",
            probability=1.0 if good else 0.0,
            probabilities={"no": 0.0 if good else 1.0, "yes": 1.0 if good else 0.0},
        )


LEVELS = spec_of("levels", "classifier")


def private_registry() -> Registry:
    return Registry(
        {"loans": LOANS, "levels": LEVELS}, (registered(Banker, LOANS), registered(AtZero, LEVELS)), ()
    )


def undeclared_registry() -> Registry:
    """The same server after the declaration of the loans has gone."""
    return Registry({"levels": LEVELS}, (registered(AtZero, LEVELS),), ())


def loan(ssn: JSONValue, income: JSONValue = 20, town: JSONValue = "Ulm") -> dict[str, JSONValue]:
    return {"ssn": ssn, "income": income, "town": town}
