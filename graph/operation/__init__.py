"""The life of one operation: admission, limits, price, context, execution."""
