"""Do verdicts hold up on the feedback that people really have? Simulated tests, through the product's own `decide()`.

`python -m bench.experiments`: 2,000 simulated tests a cell, with a look after every label; `--cells NAME …` runs some.

    cells.py     the table: each world, what was simulated, and its bar
    alarms.py    what protects a test: how often it speaks up, and when nothing is wrong
    efforts.py   how many labels a verdict takes, and how well plans and the queue foretell
    simulation.py  many tests of one world
    worlds.py    who asks, what both arms answer, and which truths come when
    late.py      the same where truths come at times of their own
    runs.py      running sums after every label, evidence for all looks at once, and the verdict through `decide`
    methods.py   the methods of rule 1 under peeking, and the time that one verdict takes
"""
