"""Which requests a list has, whatever its page: those of a filter, and of the object that owns the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.history.filters import RequestFilter
from orm.queries.figures.aggregates import EVERYTHING
from orm.queries.history.request_pages import Owner

_OWNED: dict[Owner, Callable[[int], RequestFilter]] = {
    Owner.ENDPOINT: lambda id_: RequestFilter(endpoint_ids=(id_,)),
    Owner.ALGORITHM: lambda id_: RequestFilter(algorithm_ids=(id_,)),
    Owner.AB_TEST: lambda id_: RequestFilter(ab_test_ids=(id_,)),
}


@dataclass(frozen=True, slots=True)
class ListScope:
    """The requests of `where` that belong to an endpoint, an algorithm or a test; without an owner, of all."""

    where: RequestFilter | None
    owner: Owner | None = None
    owner_id: int = EVERYTHING

    def as_filter(self) -> RequestFilter:
        """The same as one filter."""
        if self.owner is None:
            return self.where or RequestFilter()
        owned = _OWNED[self.owner](self.owner_id)
        return owned if self.where is None else replace(owned, and_=(self.where,))
