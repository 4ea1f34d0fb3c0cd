"""The database itself: engines, transactions, statements, failures and migrations."""
