"""Words, errors, routing, statistics and verdicts: pure functions and values, standard library and numpy only.

Rooms, from top to bottom; each imports only from rooms below it:
    types.py             the address from which the class of an algorithm imports `Answer`
    ab_tests/            a test of two algorithms: plan, observations, sums, results, and what a promotion changes
    history/             the request log as it is read: filters, privacy, aggregates and daily summaries
    catalog/             what is served: endpoints, algorithms, classes, and how a call finds an algorithm
    statistics/          one statistic a file, each with the source of its formula; the rule of a verdict
    requests/            single requests: ids, what is asked and answered, and the ground truth
    jobs.py              orders over many rows, the ranges that they are divided into, and how far they are
    callers.py           who calls, and what a caller may do
    turns.py             who may read next, where a few readers are shared
    input/               what comes from outside, and what of it can be kept
    error_collector.py   what is wrong with several fields of one input, raised as one error
    errors.py            every error that a caller can meet
    words.py             the words with a fixed list of values
    pacing.py            how long work may hold the event loop, and the pauses of work in the background
    spans.py             named stretches of one call's time
    extras.py            the optional parts of the package, and how to install one
"""
