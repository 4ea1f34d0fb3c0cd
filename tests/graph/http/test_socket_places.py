"""Places of WebSockets: a share for each caller, a reserve for keys, and none for who says nothing."""

from __future__ import annotations

import pytest

from graph.http.socket_places import SOCKETS_OF_AN_ADDRESS, NoRoom, SocketPlace, SocketPlaces


class Crowd:
    """Callers who take places, and which of them had to go."""

    def __init__(self, most: int) -> None:
        self.places = SocketPlaces(most)
        self.dropped: list[str] = []

    def take(self, caller: str, *, keyed: bool = False, begun: bool = False, name: str = "") -> SocketPlace:
        place = self.places.take(caller, lambda: self.dropped.append(name or caller), keyed=keyed)
        if begun:
            self.places.begin(place, caller if keyed else None)
        return place

    @property
    def open(self) -> tuple[int, int]:
        return self.places.open(keyed=True), self.places.open(keyed=False)


def test_two_fifths_of_the_places_are_for_keys() -> None:
    crowd = Crowd(10)
    for number in range(6):
        crowd.take(f"203.0.113.{number}", begun=True)
    with pytest.raises(NoRoom, match=r"of callers without a key; try again later$"):
        crowd.take("203.0.113.9")
    for number in range(4):
        crowd.take(f"key {number}", keyed=True)
    assert crowd.open == (4, 6)
    assert crowd.places.refused == {"keyless": 1}


def test_an_address_has_few_places_and_its_oldest_mute_one_makes_way() -> None:
    crowd = Crowd(500)
    crowd.take("203.0.113.1", begun=True, name="talks")
    for number in range(SOCKETS_OF_AN_ADDRESS):
        crowd.take("203.0.113.1", name=f"mute {number}")
    assert crowd.dropped == ["mute 0"]
    assert crowd.open == (0, SOCKETS_OF_AN_ADDRESS)


def test_an_address_whose_sockets_have_all_begun_gets_no_more() -> None:
    crowd = Crowd(500)
    for _ in range(SOCKETS_OF_AN_ADDRESS):
        crowd.take("203.0.113.1", begun=True)
    with pytest.raises(NoRoom, match=r"^this address, without a key, has 50 WebSockets"):
        crowd.take("203.0.113.1")
    crowd.take("203.0.113.2")
    assert crowd.dropped == []


def test_mute_sockets_of_many_addresses_make_way_for_newcomers_and_keys() -> None:
    crowd = Crowd(10)
    for number in range(7):
        crowd.take(f"203.0.113.{number}")
    assert crowd.dropped == ["203.0.113.0"]
    for number in range(5):
        crowd.take(f"key {number}", keyed=True, begun=True)
    assert crowd.dropped == ["203.0.113.0", "203.0.113.1"]
    assert crowd.open == (5, 5)


def test_who_shows_a_key_leaves_the_share_of_its_address() -> None:
    crowd = Crowd(10)
    places = [crowd.take(f"203.0.113.{number}") for number in range(6)]
    crowd.places.begin(places[0], "ann")
    crowd.take("203.0.113.9")
    assert crowd.open == (1, 6)
    assert crowd.dropped == []


def test_one_key_has_half_of_the_places() -> None:
    crowd = Crowd(10)
    for _ in range(5):
        crowd.take("ann", keyed=True, begun=True)
    with pytest.raises(NoRoom, match=r"^this key has 5 WebSockets"):
        crowd.take("ann", keyed=True)
    late = crowd.take("203.0.113.1")
    with pytest.raises(NoRoom, match=r"^this key has 5 WebSockets"):
        crowd.places.begin(late, "ann")
    assert crowd.open == (5, 0)
    assert crowd.places.refused == {"caller": 2}


def test_a_full_server_takes_nobody_until_one_leaves() -> None:
    crowd = Crowd(2)
    first = crowd.take("ann", keyed=True, begun=True)
    crowd.take("bob", keyed=True, begun=True)
    with pytest.raises(NoRoom, match=r"^this server has as many WebSockets as it takes; try again later$"):
        crowd.take("cem", keyed=True)
    crowd.places.leave(first)
    crowd.places.leave(first)
    crowd.take("cem", keyed=True)
    assert crowd.open == (2, 0)
