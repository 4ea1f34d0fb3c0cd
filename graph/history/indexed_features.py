"""Indexed features: the ones that the history can be searched and grouped by, and whose values a caller may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.callers import Principal, Scope
from domain.errors import Forbidden, InvalidInput, Unavailable
from domain.history.filters import RequestFilter
from domain.requests.request_ids import time_of
from graph.history.list_scope import ListScope
from graph.operation.context import Context
from orm.queries.history.request_pages import Owner
from registry.features import Feature, FeatureType
from serving.catalog.catalog import Snapshot

_SHOWN = 128

NOT_ALL_INDEXED = "NOT_ALL_INDEXED"
NO_INPUTS_KEPT = "NO_INPUTS_KEPT"


def searchable(principal: Principal | None, snapshot: Snapshot, name: str, *, path: tuple[str, ...]) -> str:
    """`name`, which is an indexed feature that the caller may use. Where else it is private, queries hide it.

    Raises InvalidInput when no endpoint declares it as indexed, Forbidden where it is private everywhere.
    """
    declared = _indexed(snapshot)
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        text = ", for it is a text, and texts are never indexed" if _is_text(snapshot, name) else ""
        raise InvalidInput(
            f"no endpoint declares the feature {name[:_SHOWN]!r} as indexed{text}; indexed are: {known}",
            path=path,
        )
    if declared[name] or (principal is not None and principal.may(Scope.READ_PRIVATE)):
        return name
    raise Forbidden(
        f"the feature {name!r} is private: using it takes the scope `{Scope.READ_PRIVATE}`.", path=path
    )


def declared_range(snapshot: Snapshot, name: str) -> tuple[float | None, float | None]:
    """The lowest and the highest value that endpoints declare for an indexed feature; None where one has no end."""
    found = [
        feature
        for endpoint in snapshot.endpoints.values()
        for feature in _features_of(snapshot, endpoint.name)
        if feature.indexed and feature.name == name
    ]
    lows = [feature.minimum for feature in found if feature.minimum is not None]
    highs = [feature.maximum for feature in found if feature.maximum is not None]
    return (
        min(lows) if lows and len(lows) == len(found) else None,
        max(highs) if highs and len(highs) == len(found) else None,
    )


async def warn_of_gaps(context: Context, scope: ListScope, grouped_by: Iterable[str] = ()) -> None:
    """Warn, beside the answer, where requests that are asked for by a feature are older than its index."""
    features = {*(_searched(scope.where) if scope.where else ()), *grouped_by}
    if not features:
        return
    _warn_of_inputs(context, scope)
    endpoint = scope.owner_id if scope.owner is Owner.ENDPOINT else None
    if scope.owner is Owner.ALGORITHM:
        endpoint = context.snapshot.algorithm(scope.owner_id).endpoint_id
    try:
        gaps = await context.services.indexed_features.gaps(features)
    except Unavailable as error:
        # What was asked for may be answered all the same.
        context.warnings[NOT_ALL_INDEXED] = {
            "code": NOT_ALL_INDEXED,
            "message": "It could not be told whether older requests are indexed by these features: "
            f"{error.message}",
        }
        return
    for gap in gaps:
        if gap.touches(scope.where, endpoint):
            warning: dict[str, object] = {
                "code": NOT_ALL_INDEXED,
                "message": f"{gap}.",
                "endpoint": gap.endpoint,
                "feature": gap.feature,
                "since": gap.since.isoformat(timespec="milliseconds"),
            }
            if gap.progress is not None:
                warning["progress"] = gap.progress
            context.warnings[gap] = warning


def _warn_of_inputs(context: Context, scope: ListScope) -> None:
    """Warn where requests that are asked for by a feature have lost it with their inputs."""
    endpoint = scope.owner_id if scope.owner is Owner.ENDPOINT else None
    if scope.owner is Owner.ALGORITHM:
        endpoint = context.snapshot.algorithm(scope.owner_id).endpoint_id
    for id_, start in context.services.retentions.kept.without_inputs(scope.where, endpoint).items():
        name, since = context.snapshot.endpoint(id_).name, time_of(start).isoformat(timespec="milliseconds")
        context.warnings[NO_INPUTS_KEPT, id_] = {
            "code": NO_INPUTS_KEPT,
            "message": f"Inputs of {name} before {since} are no longer kept: older requests are not found by a "
            "feature, and count among those without a value.",
            "endpoint": name,
            "since": since,
        }


def _searched(where: RequestFilter) -> Iterator[str]:
    """The features that a filter has conditions on, at any depth."""
    yield from (condition.name for condition in where.features or ())
    for part in (*where.and_, *where.or_, *where.not_):
        yield from _searched(part)


def _is_text(snapshot: Snapshot, name: str) -> bool:
    features = [spec.features[name] for spec in snapshot.specs.values() if name in spec.features.names]
    return bool(features) and all(feature.type is FeatureType.TEXT for feature in features)


def _indexed(snapshot: Snapshot) -> dict[str, bool]:
    """The indexed features by name, and whether any endpoint declares it as not private."""
    found: dict[str, bool] = {}
    for endpoint in snapshot.endpoints.values():
        for feature in _features_of(snapshot, endpoint.name):
            if feature.indexed:
                found[feature.name] = found.get(feature.name, False) or not feature.private
    return found


def _features_of(snapshot: Snapshot, endpoint: str) -> Sequence[Feature]:
    spec = snapshot.specs.get(endpoint)
    return spec.features.features if spec else ()
