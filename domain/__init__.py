"""Words, errors, routing, statistics and verdicts: pure functions and values, standard library and numpy only."""
