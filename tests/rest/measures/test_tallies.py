"""Counters and histograms of our own, scraped as Prometheus's own are."""

from __future__ import annotations

import re

import prometheus_client
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from rest.measures.tallies import BUCKETS, Counts, Histogram


def scraped(registry: CollectorRegistry) -> str:
    return re.sub(r"(_created.*\}) .*", r"\1 T", generate_latest(registry).decode())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", 'with "quotes"']),
            st.one_of(st.sampled_from(BUCKETS), st.floats(0, 20)),
        )
    )
)
def test_what_is_scraped_is_what_the_library_itself_would_say(events: list[tuple[str, float]]) -> None:
    own, theirs = CollectorRegistry(), CollectorRegistry()
    counts, times = Counts("calls", "Calls.", ("edge",)), Histogram("seconds", "Times.", ("edge",))
    own.register(counts)
    own.register(times)
    counter = prometheus_client.Counter("calls", "Calls.", ("edge",), registry=theirs)
    histogram = prometheus_client.Histogram("seconds", "Times.", ("edge",), registry=theirs, buckets=BUCKETS)
    for edge, seconds in events:
        counts.of(edge).total += 1
        times.of(edge).add(seconds)
        counter.labels(edge).inc()
        histogram.labels(edge).observe(seconds)
    assert scraped(own) == scraped(theirs)
