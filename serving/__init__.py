"""The use cases: predict, feedback, statuses, A/B tests. No web, no SQL text.

Rooms, from top to bottom; each imports only from rooms below it:
    jobs/   orders over many rows, divided into units that any number of processes work on
    services.py   all use cases of one process, started and stopped together
    bulk/   whole CSV files, predictions and ground truth, resumable
    live/   what subscribers hear: requests, statuses and tests, as they change
    predictions/   the predict path, from command to stored answer
    retention/   how long requests are kept: rules, and their removal behind the calls
    ab_tests/   tests: begun, evaluated, ended once, verified, replayed
    feedback/   ground truth: stored, scored, summarised and forgotten
    callers/   keys, budgets and links to exports
    catalog/   what is served now, as one snapshot, and the statuses that decide it
    log/   the request log: ids, group commit, its health and its tail
    execution/   how algorithms run: executors and batches; tasks in the background
    json_text.py   JSON as it comes in, is kept and goes out
    ports.py   the few protocols, each with two real implementations
"""
