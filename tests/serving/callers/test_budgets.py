from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.callers import Principal
from domain.errors import RateLimited
from serving.callers.budgets import Budgets, address_of

KEY = Principal("web", frozenset())
OTHER_KEY = Principal("app", frozenset())
STRANGER = Principal("anonymous", frozenset(), anonymous=True)


class Watch:
    """A timer that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


def left(budgets: Budgets, principal: Principal = KEY, address: str = "") -> int:
    balance = budgets.balance(principal, address)
    assert balance is not None
    return balance.remaining


def test_points_are_taken_and_come_back_with_time(watch: Watch) -> None:
    budgets = Budgets(100, 10.0, timer=watch)
    budgets.charge(KEY, "", 70)
    assert left(budgets) == 30
    watch.now += 2.5
    assert left(budgets) == 55
    watch.now += 1_000
    assert left(budgets) == 100


def test_too_little_left_takes_nothing_and_says_how_long_to_wait(watch: Watch) -> None:
    budgets = Budgets(100, 10.0, timer=watch)
    budgets.charge(KEY, "", 95)
    with pytest.raises(RateLimited) as refused:
        budgets.charge(KEY, "", 36)
    assert (refused.value.code, refused.value.retry_after) == ("RATE_LIMITED", 4)
    assert "this costs 36 points and 5 are left of 100: come back in 4 s" in refused.value.message
    assert left(budgets) == 5
    watch.now += refused.value.retry_after
    budgets.charge(KEY, "", 36)
    assert left(budgets) == 9


def test_what_costs_more_than_a_whole_budget_is_told_so(watch: Watch) -> None:
    with pytest.raises(RateLimited, match="the whole budget is 100: ask for less at once"):
        Budgets(100, 10.0, timer=watch).charge(KEY, "", 101)


def test_looking_whether_any_is_left_takes_nothing(watch: Watch) -> None:
    budgets = Budgets(2, 1.0, timer=watch)
    budgets.charge(KEY, "", 0)
    assert left(budgets) == 2
    budgets.charge(KEY, "", 2)
    with pytest.raises(RateLimited) as refused:
        budgets.charge(KEY, "", 0)
    assert refused.value.retry_after == 1


def test_each_key_and_each_network_has_a_budget_of_its_own(watch: Watch) -> None:
    budgets = Budgets(10, 1.0, timer=watch)
    budgets.charge(KEY, "", 10)
    budgets.charge(STRANGER, "203.0.113.9", 10)
    assert (left(budgets), left(budgets, OTHER_KEY)) == (0, 10)
    assert left(budgets, STRANGER, "203.0.113.9") == 0
    assert left(budgets, STRANGER, "203.0.113.10") == 10
    # A key that is called like a network is not that network.
    assert left(budgets, Principal("203.0.113.9", frozenset())) == 10


def test_strangers_without_number_are_forgotten_but_keys_are_not(watch: Watch) -> None:
    budgets = Budgets(10, 1.0, timer=watch, max_callers=3)
    budgets.charge(KEY, "", 10)
    for number in range(50):
        budgets.charge(STRANGER, f"203.0.113.{number}", 10)
    assert (list(budgets.keyless), list(budgets.keys)) == (
        ["203.0.113.47", "203.0.113.48", "203.0.113.49"],
        ["web"],
    )
    assert left(budgets) == 0
    assert left(budgets, STRANGER, "203.0.113.47") == 0
    assert left(budgets, STRANGER, "203.0.113.1") == 10


def test_without_a_bound_nothing_is_counted_or_kept() -> None:
    budgets = Budgets()
    budgets.charge(KEY, "", 10**9)
    assert budgets.balance(KEY, "") is None
    assert (len(budgets.keys), budgets.largest(7)) == (0, 7)


def test_one_call_costs_no_more_than_a_whole_budget() -> None:
    assert (Budgets(10).largest(7), Budgets(5).largest(7)) == (7, 5)


@given(
    limit=st.integers(1, 1_000),
    rate=st.floats(0.01, 1_000),
    calls=st.lists(st.tuples(st.floats(-50, 50), st.integers(0, 300)), max_size=60),
)
def test_never_more_than_a_full_bucket_and_the_refill_of_the_time_pass(
    limit: int, rate: float, calls: list[tuple[float, int]]
) -> None:
    watch = Watch()
    budgets = Budgets(limit, rate, timer=watch)
    first = latest = None
    passed, waits = 0, [1.0]
    for step, points in calls:
        watch.now += step
        first = watch.now if first is None else first
        latest = watch.now if latest is None else max(latest, watch.now)
        try:
            budgets.charge(KEY, "", points)
            passed += points
        except RateLimited as refusal:
            waits.append(refusal.retry_after)
        balance = budgets.balance(KEY, "")
        assert balance is not None
        assert 0 <= balance.remaining <= limit
        assert passed <= limit + rate * (latest - first) + 1e-3
    assert min(waits) >= 1


@given(limit=st.integers(1, 10_000), rate=st.floats(0.01, 5_000), data=st.data())
def test_waiting_as_long_as_was_said_is_enough(limit: int, rate: float, data: st.DataObject) -> None:
    watch = Watch()
    budgets = Budgets(limit, rate, timer=watch)
    waits = [1.0]
    for _ in range(10):
        points = data.draw(st.integers(1, limit))
        try:
            budgets.charge(KEY, "", points)
        except RateLimited as refusal:
            waits.append(refusal.retry_after)
            watch.now += refusal.retry_after
            budgets.charge(KEY, "", points)
    assert max(waits) <= math.ceil(limit / rate)


@pytest.mark.parametrize(
    ("client", "forwarded", "proxies", "address"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "6.6.6.6", 0, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6,203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("203.0.113.9", "6.6.6.6", 2, "203.0.113.9"),
        ("203.0.113.9", "", 1, "203.0.113.9"),
        ("10.0.0.1", "junk", 1, "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9:51000", 1, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:51001", 1, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9:_hidden", 1, "203.0.113.9"),
        ("10.0.0.1", '"203.0.113.9:80"', 1, "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6:1, 203.0.113.9:2, 10.0.0.2:3", 2, "203.0.113.9"),
        ("10.0.0.1", "[2001:db8::1]:443", 1, "2001:db8::/64"),
        ("10.0.0.1", '"[2001:db8::2]:443"', 1, "2001:db8::/64"),
        ("10.0.0.1", '"[2001:db8::3]"', 1, "2001:db8::/64"),
        ("10.0.0.1", "2001:db8::4", 1, "2001:db8::/64"),
        ("10.0.0.1", "[fe80::1%eth0]:443", 1, "fe80::/64"),
        ("10.0.0.1", "::ffff:203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "[::ffff:203.0.113.9]:443", 1, "203.0.113.9"),
        ("10.0.0.1", "unknown", 1, "10.0.0.1"),
        ("10.0.0.1", "_hidden", 1, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6,", 1, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, , 10.0.0.2", 2, "10.0.0.1"),
        ("10.0.0.1", "[]:443", 1, "10.0.0.1"),
        ("10.0.0.1", "[6.6.6.6", 1, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6:1:2", 1, "10.0.0.1"),
        ("10.0.0.1", "٦.6.6.6", 1, "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6.6:80", 1, "10.0.0.1"),
        ("10.0.0.1", ", ".join(["6.6.6.6"] * 9), 1, "6.6.6.6"),
        ("2001:db8::1", "", 0, "2001:db8::/64"),
        ("2001:db8::ffff:1", "", 0, "2001:db8::/64"),
        ("2001:db8:0:1::1", "", 0, "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "", 0, "fe80::/64"),
        ("", "", 0, "unknown"),
    ],
)
def test_strangers_are_told_apart_by_network_and_not_by_what_they_claim(
    client: str, forwarded: str, proxies: int, address: str
) -> None:
    assert address_of(client, forwarded, proxies) == address


def test_the_network_is_looked_at_only_where_it_matters() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.9")]
    client = ("10.0.0.1", 4711)
    assert Budgets(10, proxies=1).address(STRANGER, client, headers) == "203.0.113.9"
    assert Budgets(10).address(STRANGER, client, headers) == "10.0.0.1"
    assert Budgets(10).address(STRANGER, None, headers) == "unknown"
    assert Budgets(10, proxies=1).address(KEY, client, headers) == ""
    assert Budgets(proxies=1).address(STRANGER, client, headers) == ""
