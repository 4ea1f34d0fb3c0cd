"""The request log: ids, shards of the summaries, group commit, and its tail."""
