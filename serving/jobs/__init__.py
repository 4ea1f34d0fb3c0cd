"""Jobs over many rows: ordered, divided into units, worked on by any number of processes, and put together again."""
