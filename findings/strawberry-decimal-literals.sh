#!/usr/bin/env bash
# strawberry-graphql 0.341.2: a Decimal argument that is written as a number in the document, 2026-11-30.
# Expected: the number that is written there, since Decimal is the type for those who cannot do with a double.
# Seen: a number with a point is made a double first: 12345678901234567.89 arrives as 12345678901234568, 1.10 as 1.1,
# and 1e400 as Infinity. Whole numbers and texts arrive digit by digit, so it depends on how a client writes the value.
# Instead: write decimals as texts, "12345678901234567.89", in documents and in variables.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check strawberry-graphql==0.341.2 graphql-core==3.3.2
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import decimal

import strawberry


@strawberry.type
class Query:
    @strawberry.field
    def seen(self, value: decimal.Decimal) -> str:
        return str(value)


schema = strawberry.Schema(Query)
seen = {}
for literal in ("12345678901234567.89", '"12345678901234567.89"', "1.10", '"1.10"', "12345678901234567890", "1e400"):
    answer = schema.execute_sync(f"{{ seen(value: {literal}) }}")
    assert answer.errors is None
    seen[literal] = answer.data["seen"]
    print(f"{literal} -> {seen[literal]}")
assert seen == {
    "12345678901234567.89": "12345678901234568",
    '"12345678901234567.89"': "12345678901234567.89",
    "1.10": "1.1",
    '"1.10"': "1.10",
    "12345678901234567890": "12345678901234567890",
    "1e400": "Infinity",
}
PY
