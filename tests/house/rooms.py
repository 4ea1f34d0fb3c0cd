"""The rule of rooms, measured from a package's code; nothing is imported.

A room is a direct child of a package: a folder or a file. The package's docstring lists its rooms from top to
bottom, and a room imports only from rooms below it. Imports for types alone, inside functions, relative ones and
lazy names (a string that names a module of the package) count like any other. Only in `vocabulary/links.py` lazy
names and imports for types do not count: the types of a GraphQL schema name each other in a circle.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

HEADER = "Rooms, from top to bottom; each imports only from rooms below it:"
MOST_FILES = 12
LINKS = "vocabulary/links.py"

_ROOM = re.compile(r" {4}(\w+(?:/|\.py)) {2,}\S.*")
_CONTINUED = re.compile(r" {5,}\S.*")
_NAMES_A_MODULE = {"lazy", "import_module"}
"""Functions whose argument may be a relative name, as in `strawberry.lazy(".requests")`."""

Imports = Mapping[str, frozenset[str]]
"""Each file's path inside the package, with the paths of the package's files that it imports."""


@dataclass(frozen=True)
class Limits:
    """What a package may hold; `lists` are folders of many files of one kind (`""` is the package's top)."""

    rooms: int | None = None
    arrows: int | None = None
    lists: frozenset[str] = frozenset()


def broken_rules(package: Path, limits: Limits | None = None) -> list[str]:
    """What breaks the rule in the folder `package`: a sentence each, with the files and the cure."""
    limits = limits or Limits()
    imports = imports_of(package)
    listed, unread = listed_rooms(package)
    return [
        *_circles(package.name, imports),
        *(unread or _list_is_complete(package.name, listed, rooms_of(package))),
        *([] if unread else _arrows_point_down(package.name, listed, imports)),
        *_folders_are_small(package, limits),
        *_whole_is_small(package.name, rooms_of(package), imports, limits),
    ]


def imports_of(package: Path) -> Imports:
    """Which files of the package import which."""
    files = {path.relative_to(package).as_posix(): path for path in _python_files(package)}
    modules = {_module(package.name, name): name for name in files}
    return {
        name: frozenset(modules[target] for target in _targets(package, path, name, modules)) - {name}
        for name, path in files.items()
    }


def rooms_of(package: Path) -> list[str]:
    """The package's direct children that hold Python code, as its docstring has to name them."""
    return sorted({_room(path.relative_to(package).as_posix()) for path in _python_files(package)} - {""})


def listed_rooms(package: Path) -> tuple[list[str], list[str]]:
    """The rooms as the package's docstring lists them, and what is wrong with the list's form."""
    file = f"{package.name}/__init__.py"
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8")), clean=False) or ""
    before, header, after = docstring.partition(HEADER + "\n")
    if not header or (before and not before.endswith("\n")):
        return [], [
            f"{file} lists no rooms: add the line “{HEADER}” to its docstring, and a line for each room"
        ]
    rooms: list[str] = []
    for line in after.lstrip("\n").split("\n"):
        found = _ROOM.fullmatch(line)
        if found:
            rooms.append(found[1])
        elif not line.strip():
            break
        elif not (rooms and _CONTINUED.fullmatch(line)):
            return [], [
                f"{file} has a line in its list of rooms that cannot be read: “{line}”; write four spaces, "
                "`name/` or `name.py`, two spaces or more, and what the room holds"
            ]
    return rooms, []


def arrows_of(imports: Imports) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Each pair of rooms of which the first imports the second, with the files that do."""
    arrows: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for name, targets in sorted(imports.items()):
        for target in sorted(targets):
            pair = _room(name), _room(target)
            if pair[0] != pair[1]:
                arrows.setdefault(pair, []).append((name, target))
    return arrows


def _python_files(package: Path) -> list[Path]:
    return [path for path in sorted(package.rglob("*.py")) if "__pycache__" not in path.parts]


def _room(name: str) -> str:
    """The room of a file; the package's own `__init__.py` stands in none, which is written as an empty name."""
    head, slash, _ = name.partition("/")
    return "" if name == "__init__.py" else head + slash


def _module(package: str, name: str) -> str:
    return f"{package}.{name.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")


def _targets(package: Path, path: Path, name: str, modules: Mapping[str, str]) -> Iterator[str]:
    here = _module(package.name, name).split(".")
    folder = here if path.name == "__init__.py" else here[:-1]
    links = name == LINKS
    for node in _nodes(ast.parse(path.read_text("utf-8")), for_types=not links):
        for target in _named(node, folder, lazily=not links):
            known = _longest_known(target, modules)
            if known:
                yield known


def _nodes(tree: ast.AST, *, for_types: bool) -> Iterator[ast.AST]:
    """Every node of a file, with those under `if TYPE_CHECKING` or without them."""
    yield tree
    for node in ast.iter_child_nodes(tree):
        if for_types or not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
            yield from _nodes(node, for_types=for_types)


def _named(node: ast.AST, folder: list[str], *, lazily: bool) -> Iterator[str]:
    """The modules, or things in modules, that one node of a file names in full."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        yield from (f"{_absolute(base, folder)}.{alias.name}" for alias in node.names)
    elif lazily and isinstance(node, ast.Call) and _called(node) in _NAMES_A_MODULE:
        yield from (_absolute(text, folder) for text in _strings(node.args) if text.startswith("."))
    elif lazily and isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
        # The whole string has to be a module's name: a sentence, or a name below one's own, names nothing.
        yield node.value + ":"


def _longest_known(target: str, modules: Mapping[str, str]) -> str | None:
    """The module of the package that a name leads to: itself, or the module that the named thing stands in."""
    if target.endswith(":"):
        return target[:-1] if target[:-1] in modules else None
    while target and target not in modules:
        target = target.rpartition(".")[0]
    return target or None


def _absolute(name: str, folder: list[str]) -> str:
    dots = len(name) - len(name.lstrip("."))
    above = folder[: len(folder) - dots + 1] if dots else []
    return ".".join([*above, *filter(None, [name[dots:]])])


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _strings(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _circles(package: str, imports: Imports) -> Iterator[str]:
    """One sentence for each file that still is in a circle when the circles before it are opened at that file."""
    opened: set[str] = set()
    for name in sorted(imports):
        way = _way_back(name, imports, opened)
        if way:
            opened.add(name)
            walked = ", which imports ".join(f"{package}/{step}" for step in [*way[1:], name])
            yield (
                f"{package}/{name} imports {walked}: a circle; move what two of them need into a file that "
                "both import"
            )


def _way_back(start: str, imports: Imports, closed: set[str]) -> list[str]:
    """The shortest way along imports from a file to itself, without the files in `closed`."""
    ways = [[start]]
    seen = set(closed)
    for way in ways:
        for target in sorted(imports[way[-1]]):
            if target == start:
                return way
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def _list_is_complete(package: str, listed: list[str], rooms: list[str]) -> Iterator[str]:
    file = f"{package}/__init__.py"
    for room in sorted(set(rooms) - set(listed)):
        yield f"{file} does not list the room {room}: add it above every room that it imports"
    for room in sorted(set(listed) - set(rooms)):
        yield f"{file} lists the room {room}, which is not there: remove the line"
    for room in sorted({room for room in listed if listed.count(room) > 1}):
        yield f"{file} lists the room {room} twice: keep one line"


def _arrows_point_down(package: str, listed: list[str], imports: Imports) -> Iterator[str]:
    floor = {room: index for index, room in enumerate(["", *listed])}
    for (upper, lower), files in arrows_of(imports).items():
        if upper in floor and lower in floor and floor[upper] > floor[lower]:
            for name, target in files:
                yield (
                    f"{package}/{name} imports {package}/{target} from a room above its own: move what it needs "
                    f"into {upper} or below, or hand it over as an argument"
                )


def _folders_are_small(package: Path, limits: Limits) -> Iterator[str]:
    sizes: dict[str, int] = {}
    for path in _python_files(package):
        folder = path.parent.relative_to(package).as_posix().removeprefix(".")
        sizes[folder] = sizes.get(folder, 0) + (path.name != "__init__.py")
    for folder, size in sizes.items():
        if size > MOST_FILES and folder not in limits.lists:
            yield (
                f"{package.name}/{folder} holds {size} files, and {MOST_FILES} is the most: give those of one "
                "idea a folder"
            )


def _whole_is_small(package: str, rooms: list[str], imports: Imports, limits: Limits) -> Iterator[str]:
    arrows = len(arrows_of(imports))
    if limits.rooms is not None and len(rooms) > limits.rooms:
        yield f"{package}/ has {len(rooms)} rooms, and {limits.rooms} is the most: put files of one idea together"
    if limits.arrows is not None and arrows > limits.arrows:
        yield (
            f"{package}/ has {arrows} arrows between its rooms, and {limits.arrows} is the most: let a room ask "
            "its neighbour for what it now takes from two"
        )
