"""The public keys of a token issuer (a JWKS), from a file or a URL: cached, refreshed, kept when a refresh fails."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

import orjson
import structlog

from arbiter.addresses import is_url, mask_password
from domain.errors import InvalidSettings
from domain.extras import cure

if TYPE_CHECKING:
    from jwt import PyJWK

log = structlog.get_logger("arbiter")

REFRESH_EVERY = 300.0
"""Seconds between two refreshes in the background: so long may a key that was withdrawn go on working."""

LEAST_BETWEEN = 10.0
"""Seconds between two fetches that tokens with an unknown key can cause, whoever sends them."""

FETCH_TIMEOUT = 5.0
LARGEST = 1024 * 1024
LEAST_RSA_BITS = 2048
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
EXTRA = f"tokens need PyJWT: {cure('jwt')}"

FAILURES = (OSError, HTTPException, ValueError)
"""What reading a key set may raise; URLError is an OSError."""


class KeySet:
    """The keys that tokens may be signed with, by key id.

    `source` is the path of a file or a URL; `fetch` reads it, in a thread. `clock` counts seconds.
    """

    def __init__(
        self,
        source: str,
        *,
        fetch: Callable[[str], bytes] | None = None,
        clock: Callable[[], float] = time.monotonic,
        every: float = REFRESH_EVERY,
    ) -> None:
        self._source = source
        self._fetch = fetch or read
        self._clock = clock
        self._every = every
        self._fetched_at = clock()
        self._fetching: asyncio.Task[None] | None = None
        self._background: asyncio.Task[None] | None = None
        self.keys: Mapping[str, PyJWK] = MappingProxyType({})
        self.revision = 0

    async def open(self) -> None:
        """Read the keys and begin to refresh them.

        Raises InvalidSettings for a file without usable keys and for the missing extra. A URL that does not
        answer is logged and tried again: a server need not wait for its issuer.
        """
        _require_extra()
        if not is_url(self._source):
            try:
                await self._read()
            except FAILURES as error:
                raise InvalidSettings(
                    f"ARBITER_JWT_JWKS: {self._source!r} holds no usable keys ({_reason(error)}): "
                    "name a JSON file with `keys`, or an https URL"
                ) from error
        else:
            await self._refresh()
        self._background = asyncio.create_task(self._refresh_for_ever(), name="token keys")

    async def close(self) -> None:
        """Stop refreshing."""
        for task in (self._background, self._fetching):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def find(self, key_id: str | None) -> PyJWK | None:
        """The key of this id. A token that names none means the only key, where there is but one."""
        if key_id is not None:
            return self.keys.get(key_id)
        return next(iter(self.keys.values())) if len(self.keys) == 1 else None

    async def look_again(self) -> None:
        """Fetch the keys anew, since a token names one that is not here; at most once in ten seconds."""
        if self._fetching is None:
            if self._clock() - self._fetched_at < LEAST_BETWEEN:
                return
            self._fetched_at = self._clock()
            self._fetching = asyncio.create_task(self._refresh(), name="token keys, again")
            self._fetching.add_done_callback(self._fetched)
        # A caller that goes away must not take the fetch with it that others wait for.
        await asyncio.shield(self._fetching)

    def _fetched(self, _task: asyncio.Task[None]) -> None:
        self._fetching = None

    async def _refresh_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self._refresh()

    async def _refresh(self) -> None:
        """Read the keys; those from before stay when that fails."""
        self._fetched_at = self._clock()
        try:
            await self._read()
        except FAILURES as error:
            source = mask_password(self._source)
            log.warning("token keys not read", source=source, reason=_reason(error), kept=len(self.keys))

    async def _read(self) -> None:
        keys = await asyncio.to_thread(lambda: keys_of(self._fetch(self._source)))
        if {name: key.key for name, key in keys.items()} != {
            name: key.key for name, key in self.keys.items()
        }:
            self.keys = MappingProxyType(keys)
            self.revision += 1


def keys_of(document: bytes) -> dict[str, PyJWK]:
    """The keys of a JWKS that can verify RS256 (RSA from 2048 bits) or ES256 (P-256), by id; others are left out.

    Only public parts are taken. A key without an id gets the empty one. Raises ValueError when none is usable.
    """
    keys = {}
    for entry in _listed(orjson.loads(document)):
        key = _key_of(entry)
        if key is not None:
            keys[str(entry.get("kid", ""))] = key
    if not keys:
        raise ValueError("no key in `keys` is for RS256 or ES256")
    return keys


def _listed(document: object) -> list[dict[str, object]]:
    listed = document.get("keys") if isinstance(document, dict) else None
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _key_of(entry: dict[str, object]) -> PyJWK | None:
    from jwt import PyJWK
    from jwt.exceptions import PyJWTError

    algorithm = {("RSA", None): "RS256", ("EC", "P-256"): "ES256"}.get(
        (str(entry.get("kty")), str(entry["crv"]) if "crv" in entry else None)
    )
    if algorithm is None or entry.get("alg", algorithm) != algorithm or entry.get("use", "sig") != "sig":
        return None
    public = {name: value for name, value in entry.items() if name not in PRIVATE}
    try:
        key = PyJWK(public, algorithm=algorithm)
    except (PyJWTError, ValueError, TypeError):
        return None
    return None if algorithm == "RS256" and key.key.key_size < LEAST_RSA_BITS else key


def read(source: str) -> bytes:
    """The bytes of a key set, at most a mebibyte. Blocks: for a thread.

    Raises OSError (URLError among others), HTTPException, or ValueError when it is too large.
    """
    if is_url(source):
        opener = urllib.request.build_opener(_NoRedirect)
        with opener.open(source, timeout=FETCH_TIMEOUT) as answer:
            content: bytes = answer.read(LARGEST + 1)
    else:
        with Path(source).open("rb") as file:
            content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return content


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The keys come from the address that the operator wrote, or not at all."""

    def redirect_request(  # noqa: PLR0917  the standard library's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Follow nothing: the answer counts as the error that its status says."""


def _require_extra() -> None:
    try:
        import cryptography.hazmat.primitives.asymmetric.ec  # PyJWT alone knows no public keys
        import jwt
    except ImportError as error:
        raise InvalidSettings(f"ARBITER_JWT_JWKS is set, and {EXTRA}") from error
    log.debug("tokens are accepted", jwt=jwt.__version__, cryptography=cryptography.__version__)


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
