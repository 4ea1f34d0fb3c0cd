"""Which features are counted day by day: none that is private, and none of texts that nobody declared."""

from __future__ import annotations

from registry.features import Feature, FeatureType
from registry.watched_values import is_watched, unwatched

TEXT = Feature(name="review", type=FeatureType.TEXT)
FREE = Feature(name="code", type=FeatureType.CATEGORY)
LISTED = Feature(name="sex", type=FeatureType.CATEGORY, categories=("Female", "Male"))
PRIVATE = Feature(name="age", type=FeatureType.NUMBER, private=True)


def test_a_text_is_not_counted_nor_is_a_category_without_a_list() -> None:
    assert not is_watched(TEXT)
    assert not is_watched(FREE)
    assert is_watched(LISTED)


def test_what_is_not_counted_is_named_texts_among_it() -> None:
    stars = Feature(name="stars", type=FeatureType.INTEGER)

    assert unwatched([TEXT, FREE, LISTED, PRIVATE, stars]) == ["review", "code", "age"]
