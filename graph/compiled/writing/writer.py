"""Writes the functions of a plan: one for each selection set, which makes an object's answer of its row.

The text of a function holds numbers and names that the schema declares; what a document says (aliases) stands in it
only as a text literal. Names: `s` makes the answer of an object, `h` finds it where it is kept, `a` makes that of an
object whose type is told by its value, `k` that of a noted resolver's value, `i` that of an item of a list; `g` makes
an answer that depends on one value of the row, and `q` keeps it by that; `b` makes the answers of a list's objects in
one loop, with what they hold written out, and `f` what a field shows of all of them at once; `o` reads lists that are
no `list`, `l` is a leaf, `e` are the names of an enum's members by their ids, `r` reads a row, `c` is a resolver, `p`
calls one and `n` one whose result is noted; `m` admits an object, and `d` are the classes it admits.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLAbstractType,
    GraphQLOutputType,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from graph.compiled.policy import NotCompiled, Policy, Unexpected
from graph.compiled.run import Awaited, Complete, LaterList, Pending, Run
from graph.compiled.selections import PlannedField, PlannedSelection, Way
from graph.compiled.writing.calls import (
    MOST_CLASSES,
    admitting,
    keeping,
    keeping_by,
    noting,
    reading,
    runtime_type,
)
from graph.compiled.writing.leaves import check_of, leaf_of, names_of, require_value


class _Loop(NamedTuple):
    """A loop that is being written: what stands before it, and what is walked, by the names of each turn."""

    head: list[str]
    turn: list[str]
    walked: list[str]

    def walk(self, one: str, all_: str, made: str) -> None:
        """Walk along what is made before the loop."""
        self.head.append(f"    {all_} = {made}")
        self.turn.append(one)
        self.walked.append(all_)


class Writer:
    """Writes and compiles the functions of one plan into `scope`; one at a time, so that threads can take turns."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.scope: dict[str, Any] = {"Awaited": Awaited, "LaterList": LaterList, "Pending": Pending}

    def function_of(self, selection: PlannedSelection) -> Complete:
        """The function that makes the answer of a row, after all that it calls."""
        for field in selection.fields:
            for below in field.below.values():
                self.function_of(below)
        number, fields = selection.number, selection.fields
        lines = [f"def s{number}(row, run):", *self._admission(selection, "row")]
        if any(field.noted for field in fields):
            # What is begun is put on the list at once, so that it is closed where a later field fails.
            lines.append("    answer = {}")
            for field in fields:
                lines += self._put(field)
        else:
            for field in fields:
                lines += self._lines(field)
            lines.append(f"    answer = {{{', '.join(map(_entry, fields))}}}")
            for field in fields:
                lines += _later(field)
        lines.append("    return answer")
        return self._compiled(f"s{number}", lines)

    def _compiled(self, name: str, lines: list[str]) -> Complete:
        exec(compile("\n".join(lines), f"<plan {name}>", "exec"), self.scope)  # noqa: S102  our own text
        found: Complete = self.scope[name]
        return found

    # Objects.

    def _admission(self, selection: PlannedSelection, row: str) -> list[str]:
        number, type_ = selection.number, selection.type
        if selection.of is None:
            return []
        admitted: set[type] = set()
        self.scope[f"d{number}"] = admitted
        self.scope[f"m{number}"] = admitting(selection, selection.of, admitted)
        if type_.is_type_of is None or self.policy.by_class(type_):
            return [f"    if {row}.__class__ not in d{number}: m{number}({row}, run)"]
        return [f"    m{number}({row}, run)"]

    def _lines(self, field: PlannedField, row: str = "row") -> list[str]:
        """Lines that bring the answer of a field into a variable of its number; `row` is the name of the row."""
        if field.way is Way.NAME:
            return []
        name = f"v{field.number}"
        if (known_by := self._known_by(field)) is not None:
            return self._found(field, known_by, name, row)
        lines = [f"    {name} = {self._read(field, row)}"]
        if field.way is Way.SHOWN:
            return lines
        value = self._value(field, field.definition.type, name)
        return lines if value == name else [*lines, f"    {name} = {value}"]

    def _known_by(self, field: PlannedField) -> str | None:
        """The attribute of the row that tells the answer of a field among those that are kept."""
        declaration, type_ = field.declaration, get_nullable_type(field.definition.type)
        if field.way is not Way.DIRECT or field.noted or field.converters or declaration is None:
            return None
        if not is_object_type(type_) or not self.policy.kept(type_) or not field.below[type_.name].is_plain:
            return None
        known_by = self.policy.known_by(declaration)
        return known_by if known_by is None or _is_name(known_by) else None

    def _found(self, field: PlannedField, known_by: str, name: str, row: str) -> list[str]:
        """Lines that find the answer of a field, which another row with the same value may have had already."""
        number, key = field.number, f"{name}k"
        value = self._value(field, field.definition.type, "v")
        make = self._compiled(
            f"g{number}", [f"def g{number}(row, run):", f"    v = {self._read(field)}", f"    return {value}"]
        )
        self.scope[f"q{number}"] = keeping_by(-1 - number, make)
        return [
            f"    {key} = {row}.{known_by}",
            f"    {name} = run.kept.get(({-1 - number}, {key})) or q{number}({row}, run, {key})",
        ]

    def _put(self, field: PlannedField) -> list[str]:
        """Lines that put the answer of a field into `answer`, or what has to be awaited for it on the list."""
        number, key, name = field.number, field.key, f"v{field.number}"
        if not field.noted:
            return [*self._lines(field), f"    answer[{key!r}] = {_value_of(field)}", *_later(field)]
        self._completer(field)
        return [
            f"    {name} = {self._resolver(field)}",
            f"    if {name}.__class__ is Awaited:",
            f"        answer[{key!r}] = None",
            f"        run.pending.append(Pending({number}, row, {name}.value, answer, {key!r}))",
            "    else:",
            f"        {name} = answer[{key!r}] = k{number}({name}, run)",
            *_later(field),
        ]

    def _read(self, field: PlannedField, row: str = "row") -> str:
        number, name = field.number, field.attribute
        if field.way is Way.EVENT:
            return row
        if field.way is Way.READ or field.way is Way.SHOWN:
            self.scope[f"r{number}"] = field.function
            return f"r{number}({row})"
        if field.way is Way.ATTRIBUTE:
            return f"{row}.{name}" if _is_name(name) else f"getattr({row}, {name!r})"
        return self._resolver(field, row)

    def _resolver(self, field: PlannedField, row: str = "row") -> str:
        """The call of a resolver, whose function is put into the scope."""
        number = field.number
        self.scope[f"c{number}"] = field.function
        call = f"c{number}({row}, run.raw({number}), **run.arguments({number}))"
        if field.way is Way.DIRECT:
            given = [*_given(number, field.parameters, row)]
            given += [f"**run.converted({number})"] if field.converters else []
            call = f"c{number}({', '.join(given)})"
        if not field.noted:
            return call
        plain = self._compiled(f"p{number}", [f"def p{number}(row, run):", f"    return {call}"])
        self.scope[f"n{number}"] = noting(number, plain)
        return f"n{number}(row, run)"

    def _completer(self, field: PlannedField) -> None:
        name = f"k{field.number}"
        value = self._value(field, field.definition.type, "v")
        self._compiled(name, [f"def {name}(v, run):", f"    return {value}"])

    # Values: each is a Python expression of the name of the value that the row holds.

    def _value(self, field: PlannedField, type_: GraphQLOutputType, name: str, depth: int = 0) -> str:
        if is_non_null_type(type_):
            return self._present(field, type_.of_type, name, depth)
        present = self._present(field, type_, name, depth)
        return f"(None if {name} is None else {present})"

    def _present(self, field: PlannedField, type_: GraphQLOutputType, name: str, depth: int) -> str:
        number = field.number
        if is_list_type(type_):
            return self._list(field, type_.of_type, name, depth)
        if is_leaf_type(type_):
            self.scope[f"l{number}"] = leaf_of(type_)
            if (names := names_of(type_)) is not None:
                self.scope[f"e{number}"] = names
                return f"(e{number}.get(id({name})) or l{number}({name}))"
            check = check_of(type_)
            if check is None:
                return f"l{number}({name})"
            return f"({name} if {check.format(v=name)} else l{number}({name}))"
        if is_object_type(type_):
            return f"{self._maker(field.below[type_.name])}({name}, run)"
        if is_abstract_type(type_):
            self.scope[f"a{number}"] = self._abstract(field, type_)
            return f"a{number}({name}, run)"
        raise NotCompiled("schema", f"{field.name} is of an unknown kind")

    def _list(self, field: PlannedField, item_type: GraphQLOutputType, name: str, depth: int) -> str:
        item, function = f"x{depth}", f"i{field.number}_{depth}"
        value = self._value(field, item_type, item, depth + 1)
        complete = self._compiled(function, [f"def {function}({item}, run):", f"    return {value}"])
        other = f"o{field.number}_{depth}"
        self.scope[other] = reading(complete, outermost=depth == 0)
        below = _listed(item_type, field)
        if below is not None and below.is_plain and not self.policy.kept(below.type):
            made = f"{self._loop(below)}({name}, run)"
        else:
            made = f"[{value} for {item} in {name}]"
        return f"({made} if {name}.__class__ is list else {other}({name}, run))"

    # Loops: an object in each turn, and what it holds beside it, without a call for each.

    def _loop(self, selection: PlannedSelection) -> str:
        """The name of the function that makes the answers of a list of plain objects."""
        name, row = f"b{selection.number}", f"w{selection.number}"
        loop = _Loop([], [row], ["rows"])
        lines, answer = self._written_out(selection, row, "rows", loop)
        walked = f"zip({', '.join(loop.walked)})" if len(loop.walked) > 1 else "rows"
        text = [f"def {name}(rows, run):", *loop.head, "    answers = []"]
        text.append(f"    for {', '.join(loop.turn)} in {walked}:")
        text += [f"    {line}" for line in lines]
        self._compiled(name, [*text, f"        answers.append({answer})", "    return answers"])
        return name

    def _written_out(
        self, selection: PlannedSelection, row: str, rows: str, loop: _Loop
    ) -> tuple[list[str], str]:
        """Lines for one object, and its answer; what is made of all at once is walked along with them."""
        lines, entries = self._admission(selection, row), []
        for field in selection.fields:
            number = field.number
            value = f"v{number}"
            if (below := self._beside(field)) is not None:
                object_, objects = f"w{below.number}", f"{rows}_{below.number}"
                loop.walk(object_, objects, f"[{self._read(field, 'x')} for x in {rows}]")
                more, value = self._written_out(below, object_, objects, loop)
                lines += more
            elif field.of_many is not None:
                self.scope[f"f{number}"] = field.of_many
                loop.walk(value, f"{value}s", f"f{number}({rows})")
            else:
                lines += self._lines(field, row)
                value = _value_of(field)
            entries.append(f"{field.key!r}: {value}")
        return lines, f"{{{', '.join(entries)}}}"

    def _beside(self, field: PlannedField) -> PlannedSelection | None:
        """What a field selects of the one object that it always has; None for any other field."""
        type_ = field.definition.type
        if field.way not in {Way.ATTRIBUTE, Way.READ} or not is_non_null_type(type_):
            return None
        held = type_.of_type
        return field.below[held.name] if is_object_type(held) and not self.policy.kept(held) else None

    def _maker(self, selection: PlannedSelection) -> str:
        """The name of the function that makes an object's answer, or finds it among those that are kept."""
        number = selection.number
        if not (selection.is_plain and self.policy.kept(selection.type)):
            return f"s{number}"
        self.scope[f"h{number}"] = keeping(number, self.scope[f"s{number}"])
        return f"h{number}"

    def _abstract(self, field: PlannedField, type_: GraphQLAbstractType) -> Complete:
        makers = {name: self.scope[self._maker(below)] for name, below in field.below.items()}
        by_class = all(self.policy.by_class(below.type) for below in field.below.values())
        known: dict[type, Complete] = {}
        number = field.number

        def complete(value: object, run: Run) -> object:
            make = known.get(value.__class__)
            if make is None:
                require_value(value)
                found = runtime_type(type_, value, run, number)
                make = makers.get(found) if isinstance(found, str) else None
                if make is None:
                    raise Unexpected(f"no type of {type_.name} shows a value")
                if by_class and len(known) < MOST_CLASSES:
                    known[value.__class__] = make
            return make(value, run)

        return complete


def _given(number: int, parameters: Mapping[str, str], row: str) -> Iterator[str]:
    """The arguments of a direct call. The names are those of the resolver's parameters, never a document's."""
    for name, value in parameters.items():
        text = f"(run.infos[{number}] or run.info({number}))" if value == "info" else row
        yield f"{name}={text}" if name else text


def _value_of(field: PlannedField) -> str:
    return repr(field.parent.name) if field.way is Way.NAME else f"v{field.number}"


def _entry(field: PlannedField) -> str:
    return f"{field.key!r}: {_value_of(field)}"


def _later(field: PlannedField) -> list[str]:
    """Lines that leave a list that takes turns for later."""
    if field.way is Way.NAME or not _is_list(field.definition.type):
        return []
    name = f"v{field.number}"
    put = f"run.pending.append({name}.into(answer, {field.key!r}, run))"
    return [f"    if {name}.__class__ is LaterList: {put}"]


def _listed(type_: GraphQLOutputType, field: PlannedField) -> PlannedSelection | None:
    """What is selected of the items of a list, where each is an object of this one type."""
    return (
        field.below[type_.of_type.name] if is_non_null_type(type_) and is_object_type(type_.of_type) else None
    )


def _is_list(type_: GraphQLOutputType) -> bool:
    return is_list_type(type_.of_type if is_non_null_type(type_) else type_)


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)
