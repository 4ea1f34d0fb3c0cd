"""External ids of a group commit: who gets which, so that a call whose id is taken hurts no other one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from domain.pacing import EXTERNAL_IDS_ON_LOOP, in_thread_if
from domain.requests.external_ids import Key, TakenId
from domain.requests.new_request import NewRequest
from orm.connection.client import Tx
from orm.queries.history import external_ids

_Owner: TypeAlias = tuple[int, int]
"""A call of the commit, and the request of it that has an external id."""

_Named: TypeAlias = list[tuple[int, NewRequest, Key]]
"""The rows of a call that have an external id, with their places."""


@dataclass(slots=True)
class ExternalClaims:
    """What became of the external ids of the calls of one commit, each of which is named by its place.

    A call is stored whole or not at all: `refused` holds the calls of which an id belongs to a stored request, with
    those requests. `waiting` are those of which an id belongs to a call of this very commit: whether that one is
    stored is known only at the end. `claimed` holds the requests that got their external id.
    """

    rows: Sequence[Sequence[NewRequest]]
    claimed: Collection[int] = ()
    refused: dict[int, list[TakenId]] = field(default_factory=dict)
    waiting: dict[int, dict[int, _Owner]] = field(default_factory=dict)
    """By the call: the place of each row that clashes, and who has its id."""

    def goes_on(self, call: int) -> bool:
        """Whether the call may be stored, as far as external ids say."""
        return call not in self.refused and call not in self.waiting

    async def finish(self, tx: Tx, stored: Collection[int]) -> set[int]:
        """Take back the ids of calls that are not `stored`; the calls that must be tried again.

        Those had to wait for a call that was not stored in the end. All other waiting ones are refused.
        """
        given_back = [call for call in range(len(self.rows)) if call not in stored]
        await external_ids.release(
            tx, [row.id for call in given_back for row in self.rows[call] if row.id in self.claimed]
        )
        again = set()
        for call, clashes in self.waiting.items():
            taken = [
                TakenId(place, request) for place, (owner, request) in clashes.items() if owner in stored
            ]
            if taken:
                self.refused[call] = taken
            else:
                again.add(call)
        return again


async def claim_external_ids(tx: Tx, calls: Sequence[Sequence[NewRequest]]) -> ExternalClaims:
    """Give each call of a commit its external ids, the first one first.

    One statement says which are taken, a second one takes the others. What another process takes in between is
    refused too. Nothing is taken after that second statement, whose order is that of every process: so no two
    transactions wait for each other.
    """
    claims = ExternalClaims(calls)
    many = sum(map(len, calls)) > EXTERNAL_IDS_ON_LOOP
    asked = await in_thread_if(many, _asked, calls)
    keys = await in_thread_if(many, lambda: {key for named in asked.values() for *_, key in named})
    owners = await in_thread_if(many, _divide, claims, asked, await external_ids.requests_called(tx, keys))
    if owners:
        wanted = {key: request for key, (_, request) in owners.items()}
        claims.claimed = await external_ids.claim(tx, wanted)
    if len(claims.claimed) < len(owners):
        await _refuse_late(tx, claims, {call: asked[call] for call, _ in owners.values()})
    return claims


def _asked(calls: Sequence[Sequence[NewRequest]]) -> dict[int, _Named]:
    """What each call asks for, without the calls that ask for nothing."""
    asked: dict[int, _Named] = {}
    for call, rows in enumerate(calls):
        for place, row in enumerate(rows):
            if row.external_id is not None:
                asked.setdefault(call, []).append((place, row, (row.endpoint_id, row.external_id)))
    return asked


def _divide(
    claims: ExternalClaims, asked: Mapping[int, _Named], taken: Mapping[Key, int]
) -> dict[Key, _Owner]:
    """Who shall get which external id; calls that shall get none are refused, or wait."""
    owners: dict[Key, _Owner] = {}
    for call, named in asked.items():
        lost = [TakenId(place, taken[key]) for place, _, key in named if key in taken]
        clashes = {place: owners[key] for place, _, key in named if key in owners}
        if lost:
            claims.refused[call] = lost
        elif clashes:
            claims.waiting[call] = clashes
        else:
            owners.update({key: (call, row.id) for _, row, key in named})
    return owners


async def _refuse_late(tx: Tx, claims: ExternalClaims, owning: dict[int, _Named]) -> None:
    """Refuse the calls of which another process took an id since the first statement."""
    missed = {
        call: [(place, key) for place, row, key in named if row.id not in claims.claimed]
        for call, named in owning.items()
    }
    taken = await external_ids.requests_called(tx, {key for lost in missed.values() for _, key in lost})
    for call, lost in missed.items():
        if lost:
            # Where it is free again by now, somebody was forgotten in this moment; then nobody waits for anybody.
            known = [TakenId(place, taken[key]) for place, key in lost if key in taken]
            if known:
                claims.refused[call] = known
            else:
                claims.waiting[call] = {}
