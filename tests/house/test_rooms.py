"""Each package keeps the rule of rooms, and the rule sees what breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.rooms import HEADER, Limits, broken_rules, rooms_of

ROOT = Path(__file__).resolve().parents[2]

LIMITS = {
    "arbiter": Limits(lists=frozenset({"cli"})),
    "graph": Limits(rooms=16, arrows=55),
    "rest": Limits(lists=frozenset({""})),
    "serving": Limits(),
    "registry": Limits(),
    "orm": Limits(lists=frozenset({"migrations/models"})),
    "domain": Limits(lists=frozenset({"statistics"})),
}


def test_packages_keep_the_rule_of_rooms() -> None:
    broken = [
        message for package, limits in LIMITS.items() for message in broken_rules(ROOT / package, limits)
    ]
    assert broken == []


ROOMS = {
    "__init__.py": f'''"""A shop.

{HEADER}
    edge.py   what customers meet
    orders/   what is ordered, and by whom: a text
              that takes two lines
    words/    what everything is made of

The end.
"""
''',
    "edge.py": "from shop.orders.order import Order\nfrom shop.words import price\n",
    "orders/__init__.py": '"""Orders."""\n',
    "orders/order.py": "import shop.words.price\nimport json\n\nclass Order: ...\n",
    "orders/basket.py": "from shop.orders.order import Order\n",
    "words/__init__.py": '"""Words."""\n',
    "words/price.py": "TEXT = 'a sentence that ends with shop.edge'\n",
}


def shop(folder: Path, changed: dict[str, str] | None = None) -> Path:
    """A small package that keeps the rule, but for the files that a test writes otherwise."""
    for name, text in (ROOMS | (changed or {})).items():
        path = folder / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "shop"


def listing(*lines: str) -> str:
    return "\n".join(['"""A shop.\n', HEADER, *(f"    {line}" for line in lines), '"""\n'])


UPWARDS = (
    "shop/words/price.py imports shop/edge.py from a room above its own: move what it needs into words/ or "
    "below, or hand it over as an argument"
)


def test_package_that_keeps_the_rule_breaks_nothing(tmp_path: Path) -> None:
    assert broken_rules(shop(tmp_path), Limits(rooms=3, arrows=3)) == []


def test_circle_inside_a_room_is_named_file_by_file(tmp_path: Path) -> None:
    package = shop(tmp_path, {"orders/order.py": "from shop.orders import basket\n"})
    assert broken_rules(package) == [
        "shop/orders/basket.py imports shop/orders/order.py, which imports shop/orders/basket.py: a circle; "
        "move what two of them need into a file that both import"
    ]


def test_two_circles_are_two_messages(tmp_path: Path) -> None:
    package = shop(
        tmp_path,
        {
            "orders/order.py": "import shop.orders.basket\n",
            "words/price.py": "import shop.words.tax\n",
            "words/tax.py": "import shop.words.price\n",
        },
    )
    assert [message.partition(":")[0] for message in broken_rules(package)] == [
        "shop/orders/basket.py imports shop/orders/order.py, which imports shop/orders/basket.py",
        "shop/words/price.py imports shop/words/tax.py, which imports shop/words/price.py",
    ]


IMPORTS = {
    "module": "import shop.edge\n",
    "from_package": "from shop import edge\n",
    "from_module": "from shop.edge import open_the_door\n",
    "relative_module": "from .. import edge\n",
    "relative_name": "from ..edge import open_the_door\n",
    "for_types_only": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.edge import Door\n",
    "inside_a_function": "def later():\n    from shop import edge\n",
    "lazy": 'Door = lazy("shop.edge")\n',
    "lazy_and_relative": 'Door = strawberry.lazy("..edge")\n',
    "name_in_a_table": 'DOORS = {"front": ["shop.edge"]}\n',
}


@pytest.mark.parametrize("text", IMPORTS.values(), ids=IMPORTS)
def test_import_from_a_room_above_is_named_with_both_files(tmp_path: Path, text: str) -> None:
    unopened = shop(tmp_path, {"words/price.py": text, "edge.py": ""})
    assert broken_rules(unopened) == [UPWARDS]


def test_links_between_types_stand_in_one_file_and_do_not_count_there(tmp_path: Path) -> None:
    rooms = ["edge.py  the edge", "orders/  orders", "words/  words", "vocabulary/  what types are made of"]
    top = {"__init__.py": listing(*rooms), "vocabulary/__init__.py": ""}
    links = 'if TYPE_CHECKING:\n    from shop.orders.order import Order\nOrders = lazy("shop.orders.order")\n'
    package = shop(tmp_path, {**top, "vocabulary/links.py": links})
    assert broken_rules(package) == []
    shop(tmp_path, {**top, "vocabulary/links.py": "from shop.orders.order import Order\n"})
    assert [message.partition(":")[0] for message in broken_rules(package)] == [
        "shop/vocabulary/links.py imports shop/orders/order.py from a room above its own"
    ]


def test_room_that_imports_the_package_itself_looks_up(tmp_path: Path) -> None:
    package = shop(tmp_path, {"words/price.py": "from shop import VERSION\n"})
    assert broken_rules(package) == [UPWARDS.replace("shop/edge.py", "shop/__init__.py")]


def test_room_that_the_list_forgets_is_named(tmp_path: Path) -> None:
    package = shop(tmp_path, {"__init__.py": listing("edge.py  what customers meet", "words/  words")})
    assert broken_rules(package) == [
        "shop/__init__.py does not list the room orders/: add it above every room that it imports"
    ]


def test_room_that_is_gone_or_listed_twice_is_named(tmp_path: Path) -> None:
    lines = ["edge.py  the edge", "orders/  orders", "attic.py  old things", "words/  words", "words/  more"]
    assert broken_rules(shop(tmp_path, {"__init__.py": listing(*lines)})) == [
        "shop/__init__.py lists the room attic.py, which is not there: remove the line",
        "shop/__init__.py lists the room words/ twice: keep one line",
    ]


def test_package_without_a_list_is_told_the_line_to_add(tmp_path: Path) -> None:
    assert broken_rules(shop(tmp_path, {"__init__.py": '"""A shop."""\n'})) == [
        "shop/__init__.py lists no rooms: add the line “Rooms, from top to bottom; each imports only from rooms "
        "below it:” to its docstring, and a line for each room"
    ]


@pytest.mark.parametrize("line", ["edge.py", "edge.py what customers meet", "edge  what customers meet"])
def test_line_of_the_list_that_cannot_be_read_is_shown(tmp_path: Path, line: str) -> None:
    package = shop(tmp_path, {"__init__.py": listing(line, "orders/  orders", "words/  words")})
    assert broken_rules(package) == [
        f"shop/__init__.py has a line in its list of rooms that cannot be read: “    {line}”; write four spaces, "
        "`name/` or `name.py`, two spaces or more, and what the room holds"
    ]


@pytest.mark.parametrize("folder", ["", "words"])
def test_folder_of_more_than_a_dozen_files_is_named_unless_it_is_a_list(tmp_path: Path, folder: str) -> None:
    package = shop(tmp_path)
    for number in range(
        13 - len([path for path in (package / folder).glob("*.py") if path.stem != "__init__"])
    ):
        (package / folder / f"word_{number}.py").touch()
    rooms = [f"{name}  a room" for name in rooms_of(package)]
    (package / "__init__.py").write_text(listing(*sorted(rooms, key=lambda room: "words/" in room)), "utf-8")
    message = f"shop/{folder} holds 13 files, and 12 is the most: give those of one idea a folder"
    assert broken_rules(package) == [message]
    assert broken_rules(package, Limits(lists=frozenset({folder}))) == []


def test_package_of_too_many_rooms_or_arrows_is_told_its_numbers(tmp_path: Path) -> None:
    assert broken_rules(shop(tmp_path), Limits(rooms=2, arrows=2)) == [
        "shop/ has 3 rooms, and 2 is the most: put files of one idea together",
        "shop/ has 3 arrows between its rooms, and 2 is the most: let a room ask its neighbour for what it now "
        "takes from two",
    ]
