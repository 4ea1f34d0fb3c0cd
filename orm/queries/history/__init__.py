"""The request log: inserts, pages, filters, exports, erasures and the tail."""
