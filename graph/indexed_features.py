"""Indexed features: the ones that the history can be searched and grouped by, and whose values a caller may see."""

from __future__ import annotations

from domain.errors import Forbidden, InvalidInput
from domain.types import Principal, Scope
from serving.catalog import Snapshot

_SHOWN = 128


def searchable(principal: Principal | None, snapshot: Snapshot, name: str, *, path: tuple[str, ...]) -> str:
    """`name`, which is an indexed feature that the caller may use. Where else it is private, queries hide it.

    Raises InvalidInput when no endpoint declares it as indexed, Forbidden where it is private everywhere.
    """
    declared = _indexed(snapshot)
    if name not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise InvalidInput(
            f"no endpoint declares the feature {name[:_SHOWN]!r} as indexed; indexed are: {known}", path=path
        )
    if declared[name] or (principal is not None and principal.may(Scope.READ_PRIVATE)):
        return name
    raise Forbidden(
        f"the feature {name!r} is private: using it takes the scope `{Scope.READ_PRIVATE}`.", path=path
    )


def _indexed(snapshot: Snapshot) -> dict[str, bool]:
    """The indexed features by name, and whether any endpoint declares it as not private."""
    found: dict[str, bool] = {}
    for endpoint in snapshot.endpoints.values():
        spec = snapshot.specs.get(endpoint.name)
        for feature in spec.features.features if spec else ():
            if feature.indexed:
                found[feature.name] = found.get(feature.name, False) or not feature.private
    return found
