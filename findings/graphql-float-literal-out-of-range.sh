#!/usr/bin/env bash
# graphql-core 3.3.2: the literal 1e400 for an argument of type Float, 2026-11-30.
# Expected: a validation error, as for any value that a double cannot hold; the same number in a variable is one.
# Seen: the document is valid and the resolver gets inf, by a literal, by a whole number of 400 digits and by a
# variable's default value. Only a value that comes in the variables is looked at.
# Instead: check in the resolver (math.isfinite), or use a scalar of one's own that checks literals as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check graphql-core==3.3.2
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLFloat,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    graphql_sync,
)

argument = {"value": GraphQLArgument(GraphQLFloat)}
field = GraphQLField(GraphQLString, args=argument, resolve=lambda _root, _info, value: repr(value))
schema = GraphQLSchema(GraphQLObjectType("Query", {"seen": field}))
documents = {
    "literal": ("{ seen(value: 1e400) }", None),
    "negative": ("{ seen(value: -1e400) }", None),
    "whole number": ("{ seen(value: 1" + 400 * "0" + ") }", None),
    "default": ("query ($value: Float = 1e400) { seen(value: $value) }", None),
    "variable": ("query ($value: Float) { seen(value: $value) }", {"value": float("1e400")}),
    "whole variable": ("query ($value: Float) { seen(value: $value) }", {"value": 10**400}),
}
seen = {}
for name, (document, variables) in documents.items():
    answer = graphql_sync(schema, document, variable_values=variables)
    seen[name] = answer.data["seen"] if answer.data else answer.errors[0].message[:75]
    print(f"{name}: {seen[name]}")
assert [seen[name] for name in ("literal", "negative", "whole number", "default")] == ["inf", "-inf", "inf", "inf"]
assert "cannot represent" in seen["variable"]
assert "cannot represent" in seen["whole variable"]
PY
