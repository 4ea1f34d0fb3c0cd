"""What callers name in arguments, looked up in the catalogue."""

from __future__ import annotations

from domain.catalog.entries import Algorithm as AlgorithmRow
from domain.catalog.entries import Endpoint as EndpointRow
from domain.errors import InvalidInput
from graph.vocabulary.ids import ALGORITHM, ENDPOINT, number
from serving.catalog.catalog import Snapshot


def endpoint(snapshot: Snapshot, text: str, *path: str) -> EndpointRow:
    """The endpoint that `text` names: by its name, its global id or its number.

    Raises EndpointNotFound, with the nearest name there is.
    """
    named = next((row for row in snapshot.endpoints.values() if row.name == text), None)
    if named is not None:
        return named
    try:
        endpoint_id = number(ENDPOINT, text, path=path)
    except InvalidInput:
        return snapshot.endpoint_named(text)
    return snapshot.endpoint(endpoint_id)


def algorithm(snapshot: Snapshot, text: str, *path: str) -> AlgorithmRow:
    """The algorithm that `text` names: by its global id or its number.

    Raises InvalidId and AlgorithmNotFound.
    """
    return snapshot.algorithm(number(ALGORITHM, text, path=path))
