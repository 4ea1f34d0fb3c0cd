"""One statistic per file, each a pure function of stored counts and sums."""
