"""The composition root: settings, wiring, application and command line; the only package that knows everything.

Rooms, from top to bottom; each imports only from rooms below it:

    __main__.py   `python -m arbiter`, which is the command `arbiter`
    cli/   one file a command, and the list of them
    doctor.py   what `arbiter doctor` looks at before a server can start
    workers/   several processes on one port: what starts, watches and renews them, and what each of them does
    app.py   the ASGI application: routes of both edges, the middleware around them, services within its lifespan
    http/   what happens to every call, whichever edge it is for, and the process that listens
    telemetry/   logs and how they leave without anybody waiting, access log, and traces
    auth/   who calls: API keys, tokens, and the gate that every call passes
    dask_engine.py   units of jobs on a Dask cluster
    wiring.py   which services there are and how they are joined
    packages.py   whether our packages lie where they must
    settings_page.py   the settings for people: the rows of `arbiter settings`, and docs/settings.md
    settings.py   the variables ARBITER_*, checked as a whole
    secret_files.py   secrets that stand in files
    retired_settings.py   variables of earlier releases, read for one release more
    addresses.py   which addresses lie on the web or on this machine, and how they are shown without secrets
"""
