"""What an algorithm is and where its files are; it never touches the database or the web.

Rooms, from top to bottom; each imports only from rooms below it:

    checks.py           the contract that every algorithm must keep, as `arbiter check` looks at it
    publishing/         the gate to artifacts/: export, parity, and the manifest; no server loads it
    discovery.py        every algorithm and endpoint that there is, and what could not be loaded
    algorithms/         the algorithms that come with Arbiter
    doubts.py           what speaks against the answers of an artifact that loads
    comparison.py       how far two lists of answers are apart, and whether an artifact still gives its fixtures
    algorithm.py        the contract: what a data scientist writes, and which answers are allowed
    runtimes/           how a model file runs, a file for each format
    remote/             models that another server runs, and how it is asked
    artifacts.py        a model file and its manifest, in a folder of the artifact store
    decision_rules.py   how a label follows from probabilities
    endpoint_changes.py  which changes of a declaration break callers
    watched_values.py   which values of an endpoint are counted, and in which bins
    endpoints.py        what endpoint.json declares
    json_documents.py   JSON files that people write, and errors that name file, field and cure
    features/           what a row must hold, and the check that every row passes
    shown_values.py     how a value that came is shown in a message
"""
