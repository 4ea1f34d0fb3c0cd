"""A use case whose names and categories GraphQL could not take as they are."""

from __future__ import annotations

from dataclasses import replace

from domain.words import JSONValue
from registry.discovery import RegisteredAlgorithm, Registry
from registry.endpoints import EndpointSpec, endpoint_of
from registry.json_documents import JSONDocument
from tests.serving.world import PlusOne, Threshold, registered, spec_of

ODD_FEATURES: list[JSONValue] = [
    {
        "name": "hours-per-week",
        "type": "integer",
        "description": "Hours worked in a usual week",
        "minimum": 0,
        "maximum": 168,
        "unit": "hours",
    },
    {"name": "2nd floor (m²)", "type": "number", "minimum": 0, "required": False},
    {
        "name": "Label",
        "type": "category",
        "description": "What it was called before.",
        "categories": [
            "<=50K",
            ">50K",
            "1st-4th",
            "HS-grad",
            "true",
            "false",
            "null",
            "__x",
            "",
            "?",
            'say "é"',
        ],
    },
    {"name": "größe", "type": "category", "description": "Any text?", "indexed": True},
    {"name": "class", "type": "boolean", "nullable": False},
    {"name": "BMI", "type": "integer"},
    {"name": "private", "type": "number", "maximum": 9.5, "nullable": False},
]
ODD_ROW: dict[str, JSONValue] = {
    "hours-per-week": 40,
    "2nd floor (m²)": 12.5,
    "Label": "<=50K",
    "größe": "groß",
    "class": True,
    "BMI": 2**40,
    "private": 1,
}
ODD_NAMES = {
    "hours-per-week": "hoursPerWeek",
    "2nd floor (m²)": "_2ndFloorM2",
    "Label": "label",
    "größe": "grosse",
    "class": "class",
    "BMI": "bmi",
    "private": "private",
}


def endpoint(name: str, features: list[JSONValue], example: dict[str, JSONValue]) -> EndpointSpec:
    return endpoint_of(
        JSONDocument(
            {
                "name": name,
                "kind": "classifier",
                "owner": "tests",
                "description": "Odd names",
                "target": {"name": "truth", "classes": ["low", "high"], "positive_class": "high"},
                "features": features,
                "example": example,
            },
            f"{name}/endpoint.json",
        )
    )


class AtThirty(
    Threshold, endpoint="odd-names_2", name="at thirty", version="1", owner="tests", status="production"
):
    """High from 30 on."""

    limit = 30.0


ODD = endpoint("odd-names_2", ODD_FEATURES, ODD_ROW)


def odd_registry() -> Registry:
    """The odd use case, one that is plain, and one whose only algorithm could not be loaded."""
    heights, broken = spec_of("heights", "regressor"), spec_of("broken", "classifier")
    unloaded: RegisteredAlgorithm = replace(
        registered(AtThirty, ODD), endpoint="broken", instance=None, problem="no model file"
    )
    return Registry(
        {"odd-names_2": ODD, "heights": heights, "broken": broken},
        (registered(AtThirty, ODD), registered(PlusOne, heights), unloaded),
        (),
    )
