"""What texts every database can hold: one rule for SQLite and PostgreSQL, on every edge."""

from __future__ import annotations

from unicodedata import category

NAME = 128
"""The longest name, of an endpoint, an algorithm, a person, a key or an indexed feature, in characters."""

TEXT = 256
"""The longest label, subject, idempotency key or indexed text: longer ones do not fit into an index."""


def text_problem(text: str, longest: int | None = None) -> str | None:
    r"""What is wrong with a text, as words that follow its name; None for one that can be stored.

    >>> text_problem("fine", 4), text_problem("a\0b"), text_problem("12345", 4)
    (None, 'must not hold the NUL character (U+0000)', 'must have at most 4 characters, not 5')
    """
    if longest is not None and len(text) > longest:
        return f"must have at most {longest} characters, not {len(text)}"
    if "\0" in text:
        return "must not hold the NUL character (U+0000)"
    if not is_unicode(text):
        return "must be valid Unicode; it holds half of a surrogate pair"
    return None


def is_one_line(text: str) -> bool:
    r"""Whether a text holds no control characters and no line breaks: shown in a list, it stays in its place.

    >>> is_one_line("Ann Ö."), is_one_line("Ann\nBob"), is_one_line("Ann\u2028Bob")
    (True, False, False)
    """
    return text.isprintable() or not any(category(one) in ("Cc", "Zl", "Zp") for one in text)


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8: it holds no half of a surrogate pair.

    >>> is_unicode("😀"), is_unicode(chr(0xD800))
    (True, False)
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_unicode(text: str) -> str:
    """The text with U+FFFD in the place of each half of a surrogate pair; the same text where there is none.

    >>> as_unicode("a" + chr(0xD800)) == "a" + chr(0xFFFD)
    True
    """
    if is_unicode(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
