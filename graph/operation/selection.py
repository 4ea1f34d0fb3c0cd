"""What a query selects below a field, so that only that is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    SelectionSetNode,
)

from graph.vocabulary.private_parts import core_info


def selected(info: strawberry.Info[Any, Any], *below: str) -> frozenset[str]:
    """The names of the fields selected below the current one; with `below`, of those under these children.

    Fragments are written out; `@skip` and `@include` are not looked at, so this may name a field too many
    but never one too few.
    """
    raw = core_info(info)
    # A compiled operation asks the same of the same document at each run.
    kept: dict[object, frozenset[str]] | None = getattr(raw, "kept", None)
    if kept is None:
        return _selected(raw, below)
    found = kept.get(below)
    if found is None:
        found = kept[below] = _selected(raw, below)
    return found


def _selected(raw: GraphQLResolveInfo[Any], below: tuple[str, ...]) -> frozenset[str]:
    sets: Iterable[SelectionSetNode] = [node.selection_set for node in raw.field_nodes if node.selection_set]
    for name in below:
        sets = [
            field.selection_set
            for field in fields_of(sets, raw.fragments)
            if field.name.value == name and field.selection_set
        ]
    return frozenset(field.name.value for field in fields_of(sets, raw.fragments))


def fields_of(
    sets: Iterable[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields of these selection sets with fragments written out, each fragment once, as it runs once.

    A fragment that the document does not have, which a rule of validation reports, is passed over.
    """
    waiting = list(sets)
    spread: set[str] = set()
    while waiting:
        for node in waiting.pop().selections:
            if isinstance(node, FieldNode):
                yield node
            elif not isinstance(node, FragmentSpreadNode):
                waiting.append(node.selection_set)  # type: ignore[attr-defined]
            elif node.name.value not in spread and node.name.value in fragments:
                spread.add(node.name.value)
                waiting.append(fragments[node.name.value].selection_set)
