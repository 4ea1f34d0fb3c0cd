"""Who may have how many WebSockets: callers without a key few from one address, and some room is for keys alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

SOCKETS_OF_AN_ADDRESS = 50
"""Without a key; programs of one machine, and all callers behind a proxy that is not known, count together."""


class NoRoom(Exception):
    """There is no room for one more WebSocket; the message says why."""


class SocketPlace:
    """The place of one WebSocket: whose it is, and whether it has begun. `drop` ends one that has not."""

    def __init__(self, caller: str, drop: Callable[[], None], *, keyed: bool) -> None:
        self.caller = caller
        self.drop = drop
        self.keyed = keyed
        self.begun = False


class SocketPlaces:
    """The places of one process: `most` of them, two fifths only for keys, and half of them at most for one key.

    Where a share is full, a newcomer takes the place of the socket that has waited longest without having begun: so
    sockets on which nothing is ever said keep nobody out.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.keyless_most = most - 2 * most // 5
        self.key_most = most - most // 2
        self.places: dict[SocketPlace, None] = {}
        self.refused: Counter[str] = Counter()

    def take(self, caller: str, drop: Callable[[], None], *, keyed: bool) -> SocketPlace:
        """A place for a caller: the name of a key, or the address of who has shown none. Raises NoRoom."""
        place = SocketPlace(caller, drop, keyed=keyed)
        self._make_room(place)
        self.places[place] = None
        return place

    def begin(self, place: SocketPlace, name: str | None) -> None:
        """The socket has begun, with the key `name` or with none. Raises NoRoom when the key has enough of them."""
        if name is not None and not (place.keyed and place.caller == name):
            self.places.pop(place, None)
            place.caller, place.keyed = name, True
            self._make_room(place)
            self.places[place] = None
        place.begun = True

    def leave(self, place: SocketPlace) -> None:
        """The socket is closed, or about to be."""
        self.places.pop(place, None)

    def open(self, *, keyed: bool) -> int:
        """How many there are with a key, or without one."""
        return sum(place.keyed is keyed for place in self.places)

    def _make_room(self, place: SocketPlace) -> None:
        own = [other for other in self.places if (other.keyed, other.caller) == (place.keyed, place.caller)]
        share = self.key_most if place.keyed else SOCKETS_OF_AN_ADDRESS
        if len(own) >= share:
            who = "this key" if place.keyed else "this address, without a key,"
            self._free(own, "caller", f"{who} has {share} WebSockets, the most it may have; try again later")
        keyless = [other for other in self.places if not other.keyed]
        if not place.keyed and len(keyless) >= self.keyless_most:
            reason = (
                "this server has as many WebSockets as it takes of callers without a key; try again later"
            )
            self._free(keyless, "keyless", reason)
        if len(self.places) >= self.most:
            reason = "this server has as many WebSockets as it takes; try again later"
            self._free(list(self.places), "all", reason)

    def _free(self, among: list[SocketPlace], share: str, reason: str) -> None:
        """End the oldest that has not begun. Raises NoRoom where all of them have."""
        self.refused[share] += 1
        for other in among:
            if not other.begun:
                self.leave(other)
                other.drop()
                return
        raise NoRoom(reason)
