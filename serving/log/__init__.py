"""The request log: ids, lanes, group commit, and its tail."""
