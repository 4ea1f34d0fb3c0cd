"""Compiled execution: an operation is planned once, and what the plan writes runs many times.

Nothing here knows the project that uses it, so the room can be lifted out: what is particular to a schema comes in
as a `Policy`. What a plan cannot do runs on graphql-core's executor, which is the reference: when a compiled run meets
anything but a whole answer, the reference gives the answer from what has run already.
"""
