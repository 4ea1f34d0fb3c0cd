"""Every statement Arbiter sends, cut by entity: takes a transaction or a reader first, gives domain values back."""
