"""Tables, migrations and queries; the only package that imports Tortoise, and no rule of the domain lives here.

Rooms, from top to bottom; each imports only from rooms below it:
    queries/      what is read and written, by entity: the request log, figures, A/B tests, the catalogue
    backups/      the whole database as one file, and back; no server loads it
    connection/   the database itself: engines, transactions, statements, failures and the schema
    job_models.py  the tables of jobs
    retention_models.py  the tables of retention
    models.py     the tables
    indexes.py    columns and indexes that Tortoise itself does not have
    migrations/   how the tables came to be what they are, as aerich keeps it
"""
