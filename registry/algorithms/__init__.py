"""The classes among the algorithms that ship with Arbiter: each in the file of its endpoint.

`registry.discovery` registers the files one after the other. What comes later stands after all that was there, so that
a new database gives it the next id and nobody else another one.
"""
