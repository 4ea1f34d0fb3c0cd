"""The REST edge: the legacy URLs and the system pages; it decides nothing that a use case decides.

Rooms, from top to bottom; each imports only from rooms below it:

    inference/   models by the Open Inference Protocol v2
    legacy.py   the legacy URLs, each in all its spellings
    predict.py   predictions: one row a call, or a list of rows
    feedback.py   the ground truth of requests that another system names
    requests.py   the log of requests, and the ground truth given later
    ab_tests.py   A/B tests, and `stop_ab_test`
    statuses.py   the log of statuses, and setting one
    catalog.py   endpoints and algorithms, which are only read
    lists.py   lists as the old service gave them, whole and streamed or page by page
    resource.py   a URL and its methods: negotiation, rights, OPTIONS, and how answers are written
    fields.py   the fields of a resource, and the words of each refusal
    request_body.py   bodies as clients send them: JSON and forms, each in its charset
    errors.py   the answer to each error, in the shape of each family of URLs
    remote_calls.py   what is counted of algorithms on other servers
    metrics.py   counts and times, in the words of Prometheus
    tallies.py   counters and histograms that are added to at every call
    system.py   the system pages: health, metrics, what runs here, the documents
"""
