"""The GraphQL API: the schema, how its operations run, and how they come over HTTP.

Rooms, from top to bottom; each imports only from rooms below it:
    edge.py            the routes of one application, and the schema of what is served
    contract/          what clients are promised: the reference, breaking changes, deprecations; no server loads it
    explanation.py     how an operation would run here
    schema.py          the list of what each room brings to the schema
    by_id.py           objects by their global id
    subscriptions.py   what happens, told as it happens
    http/              how operations come and answers go: HTTP, WebSockets, event streams, GraphiQL, and the console
    predictions/       asking for predictions, and giving the ground truth
    ab_tests/          A/B tests, their results and their end; replays
    catalog/           endpoints, algorithms and their statuses; jobs
    history/           the request log as it is read: pages, figures, exports; forgetting
    server.py          the server, who asks it and may ask it, and what the caller may still spend
    options.py         what the operator chooses
    operation/         the life of one operation: checked, priced, paid for, and run
    compiled/          operations planned once and run by generated functions; knows no other room
    vocabulary/        what every type is made of: fields, ids, pages, costs, rights, errors
"""
