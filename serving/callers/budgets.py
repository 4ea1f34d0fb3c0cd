"""How much each caller may ask for: a bucket of points for each, filled at a steady rate."""

from __future__ import annotations

import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from domain.callers import Principal
from domain.errors import RateLimited

MAX_CALLERS = 10_000
FORWARDED = b"x-forwarded-for"
IPV6_NETWORK_BITS = 64
UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[(?P<v6>[^\[\]]*)\](:[\w.-]*)?|(?P<v4>[\d.]+):[\w.-]*", re.ASCII)
# Waiting for as long as was said must be enough, whatever the last bits of a float are.
ROUNDING = 1e-6

Timer = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Balance:
    """What a caller has left: `remaining` of `limit` points, all of it again after `seconds`."""

    limit: int
    remaining: int
    per_second: float
    seconds: float


@dataclass(slots=True)
class Bucket:
    """The points of one caller: at most `limit`, `per_second` more with time.

    Over any stretch of time at most `limit` plus that time's refill are taken, also when the timer steps back:
    then nothing is filled in until it has caught up.
    """

    points: float
    filled_at: float

    def fill(self, limit: int, per_second: float, now: float) -> None:
        """Add what has come with time."""
        if now > self.filled_at:
            self.points = min(float(limit), self.points + (now - self.filled_at) * per_second)
            self.filled_at = now


class Budgets:
    """One bucket for each caller of this process; `limit` None is no bound. `proxies` is how many stand before it.

    The callers that were not seen for longest are forgotten, keys and keyless callers apart, so that the latter cannot
    push out keys; who was forgotten begins with a full bucket.
    """

    def __init__(
        self,
        limit: int | None = None,
        per_second: float = 1.0,
        *,
        proxies: int = 0,
        timer: Timer = time.monotonic,
        max_callers: int = MAX_CALLERS,
    ) -> None:
        self.limit = limit
        self.per_second = per_second
        self.proxies = proxies
        self.timer = timer
        self.max_callers = max_callers
        self.keys: OrderedDict[str, Bucket] = OrderedDict()
        self.keyless: OrderedDict[str, Bucket] = OrderedDict()

    def charge(self, principal: Principal, address: str, points: int) -> None:
        """Take `points` from the caller, all or none; for 0, look whether there is at least one.

        `address` tells callers without a key apart, as `address` gives it. Raises RateLimited, with the seconds
        to wait, when too little is left.
        """
        if self.limit is None:
            return
        bucket = self._bucket(principal, address, self.limit)
        needed = points or 1
        if needed > bucket.points + ROUNDING:
            raise self._refusal(needed, bucket.points, self.limit)
        bucket.points = max(0.0, bucket.points - points)

    def largest(self, most: int) -> int:
        """What one call may cost at most: `most`, or the whole budget where that is less."""
        return most if self.limit is None else min(most, self.limit)

    def address(
        self, principal: Principal, client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]]
    ) -> str:
        """By what a caller without a key is told from others: the network behind its connection and its headers.

        Of a keyed caller, and without a bound, nothing needs to be known.
        """
        if self.limit is None or not principal.anonymous:
            return ""
        return connection_of(client, headers, self.proxies)

    def balance(self, principal: Principal, address: str) -> Balance | None:
        """What the caller has left; None without a bound."""
        if self.limit is None:
            return None
        points = self._bucket(principal, address, self.limit).points
        return Balance(
            self.limit, math.floor(points), self.per_second, (self.limit - points) / self.per_second
        )

    def _bucket(self, principal: Principal, address: str, limit: int) -> Bucket:
        table, name = (self.keyless, address) if principal.anonymous else (self.keys, principal.name)
        now = self.timer()
        bucket = table.get(name)
        if bucket is None:
            bucket = table[name] = Bucket(float(limit), now)
            if len(table) > self.max_callers:
                table.popitem(last=False)
        else:
            table.move_to_end(name)
            bucket.fill(limit, self.per_second, now)
        return bucket

    def _refusal(self, points: int, left: float, limit: int) -> RateLimited:
        if points > limit:
            return RateLimited(
                f"this costs {points:,} points, and the whole budget is {limit:,}: ask for less at once",
                retry_after=limit / self.per_second,
            )
        seconds = (points - left) / self.per_second
        return RateLimited(
            f"this costs {points:,} points and {math.floor(left):,} are left of {limit:,}: come back in "
            f"{math.ceil(seconds):,} s, or ask for less; {self.per_second:g} points come back every second",
            retry_after=seconds,
        )


def connection_of(
    client: tuple[str, int] | None, headers: Iterable[tuple[bytes, bytes]], proxies: int
) -> str:
    """The network behind a connection and its headers, as `address_of` finds it."""
    forwarded = b",".join(value for name, value in headers if name == FORWARDED) if proxies else b""
    return address_of(client[0] if client else "", forwarded.decode("latin-1"), proxies)


def address_of(client: str, forwarded: str, proxies: int) -> str:
    """The network that a call came from, when `proxies` stand before the server.

    Each proxy adds who called it to X-Forwarded-For: what is left of their entries anybody can write. Where there
    are fewer entries than proxies the call went round them, and where the entry is no address its proxy hides it:
    then the call counts as its connection says.

    >>> address_of("10.0.0.1", "6.6.6.6, 203.0.113.9", proxies=1), address_of("10.0.0.1", "6.6.6.6", proxies=0)
    ('203.0.113.9', '10.0.0.1')
    >>> address_of("10.0.0.1", "203.0.113.9:51000", proxies=1), address_of("10.0.0.1", "_hidden", proxies=1)
    ('203.0.113.9', '10.0.0.1')
    """
    if proxies and forwarded:
        # An empty entry is one, too: who left it out would read what stands before it, which anybody can write.
        entries = forwarded.split(",")
        if len(entries) >= proxies:
            found = network_of(_host_of(entries[-proxies]))
            if found != UNKNOWN:
                return found
    return network_of(client)


def _host_of(entry: str) -> str:
    """The address in an entry, without the port, brackets and quotes that some proxies write around it.

    >>> _host_of(' "[2001:db8::1]:443"'), _host_of("203.0.113.9:51000"), _host_of("2001:db8::1")
    ('2001:db8::1', '203.0.113.9', '2001:db8::1')
    """
    text = entry.strip().strip('"').strip()
    found = _WITH_PORT.fullmatch(text)
    return text if found is None else found["v6"] or found["v4"] or ""


@lru_cache(maxsize=1024)
def network_of(address: str) -> str:
    """What one household has: an IPv4 address, or the 64 bits of an IPv6 network.

    >>> network_of("203.0.113.9"), network_of("2001:db8::1"), network_of("::ffff:203.0.113.9"), network_of("x")
    ('203.0.113.9', '2001:db8::/64', '203.0.113.9', 'unknown')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    network = IPv6Address(int(found) >> IPV6_NETWORK_BITS << IPV6_NETWORK_BITS)
    return f"{network}/{IPV6_NETWORK_BITS}"
