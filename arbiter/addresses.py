"""Addresses: which lie on the web or on this machine, which can be trusted, and how they are shown without secrets."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):\S*@")
_PASSWORD_PARAMETER = re.compile(r"(?i)(password=)[^&\s]*")


def is_url(source: str) -> bool:
    """Whether `source` is an address on the web, not a file.

    >>> is_url("https://login.example/keys"), is_url("/etc/arbiter/keys.json")
    (True, False)
    """
    return source.startswith(("https://", "http://"))


def is_trustworthy_url(url: str) -> bool:
    """Whether what comes from `url` cannot be changed on its way: https, or http from this machine.

    >>> is_trustworthy_url("https://login.example/keys"), is_trustworthy_url("http://login.example/keys")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, without port) means this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    bare = host.strip("[]").lower().rstrip(".")
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def is_loopback_origin(origin: str) -> bool:
    """Whether a browser's Origin is a page of this machine.

    >>> is_loopback_origin("http://localhost:3000"), is_loopback_origin("https://evil.example")
    (True, False)
    """
    try:
        parts = urlsplit(origin)
        return (
            parts.scheme in {"http", "https"} and parts.hostname is not None and is_loopback(parts.hostname)
        )
    except ValueError:
        return False


def mask_password(text: str) -> str:
    """The text with the password of every URL in it replaced.

    >>> mask_password("postgres://ann:s3cret@db/arbiter")
    'postgres://ann:***@db/arbiter'
    """
    # True of nearly every text in a log line, and much quicker to see: both patterns need one of these.
    if "@" not in text and "=" not in text:
        return text
    return _PASSWORD_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))
