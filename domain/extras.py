"""The optional parts of the package, and how somebody who lacks one gets it."""

from __future__ import annotations


def cure(extra: str) -> str:
    """What to do where the extra `extra` is missing. Arbiter is installed from a clone: no index has it.

    >>> cure("jwt")
    "install the extra `jwt`: run pip install '.[jwt]' in a clone of Arbiter"
    """
    return f"install the extra `{extra}`: run pip install '.[{extra}]' in a clone of Arbiter"
