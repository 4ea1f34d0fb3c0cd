"""Do verdicts hold up on the feedback that people really have? Simulated tests, through the product's own `decide()`.

`python -m bench.experiments`: 2,000 simulated tests a cell, with a look after every label; `--cells NAME …` runs some.

    cells.py     the table: each world, what was simulated, and its bar
    worlds.py    who asks, what both arms answer, and which truths come when
    runs.py      running sums after every label, evidence for all looks at once, and the verdict through `decide`
    methods.py   the methods of rule 1 under peeking, and the time that one verdict takes
"""
