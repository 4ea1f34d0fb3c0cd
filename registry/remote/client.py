"""A remote model as it is asked: one call a batch, and its faults by whether the same call may be sent again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

from domain.errors import InvalidArtifact
from domain.requests.request import Answer
from domain.words import JSONValue
from registry.endpoints import EndpointSpec
from registry.features import Row
from registry.remote.declaration import RemoteModel
from registry.remote.http import HttpAnswer, HttpConnections, NoAnswer, NotSent
from registry.remote.metadata import misfit
from registry.remote.tensors import WrongAnswer, answers_of, body_of, error_in, read_json

OK = 200
REFUSED_ROWS = (400, 413, 422)
"""Statuses that say that something is wrong with the rows, or with how many they are."""
UNAVAILABLE = (502, 503, 504)
NOT_SERVED = (401, 403, 404, 405, 501)
RETRY_AFTER = 0.05
"""Seconds after which a refused connection is tried once more, as while a server is being replaced."""
LONGEST_TOKEN = 16_384


class RemoteFault(Exception):
    """Why rows have no answer, in a phrase about the far side.

    `unreachable` where no answer came. `weighs` where it says that the next call will go no better; a status 500 does
    not, since many servers answer it to a single bad row. `divisible` where the far side has refused the rows without
    running them, so that some of them may be sent alone. `said` is its own text, which may quote rows.
    """

    def __init__(
        self,
        message: str,
        *,
        unreachable: bool = False,
        weighs: bool = False,
        divisible: bool = False,
        said: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.said = message, said
        self.unreachable, self.weighs, self.divisible = unreachable, weighs, divisible


class RemoteClient:
    """Asks one remote model, on one event loop. `environment` holds its token.

    A call whose connection was refused is tried once more after `retry_after` seconds; `retried` counts them.
    """

    def __init__(
        self,
        remote: RemoteModel,
        spec: EndpointSpec,
        classes: Sequence[str],
        *,
        environment: Mapping[str, str] = os.environ,
        connections: HttpConnections | None = None,
        retry_after: float = RETRY_AFTER,
    ) -> None:
        self.remote, self.spec, self._classes = remote, spec, tuple(classes)
        self._environment = environment
        self._http = connections or HttpConnections(remote.address)
        self._retry_after = retry_after
        self._ids = count(1)
        self._headers: Mapping[str, str] = {}
        self._signed = remote.token is None
        self.retried = 0

    async def ask(self, rows: Sequence[Row]) -> list[Answer]:
        """An answer to each row, by one call. Raises RemoteFault."""
        id_ = f"arbiter-{next(self._ids)}"
        body = body_of(self.remote, self.spec, rows, id_)
        answer = await self._call("POST", f"{self.remote.path}/infer", body)
        if answer.status != OK:
            raise _fault_of(answer)
        try:
            return answers_of(answer.body, self.remote, self.spec, self._classes, count=len(rows), id_=id_)
        except WrongAnswer as error:
            raise RemoteFault(
                str(error), said=error_in(answer.body) if "error" in str(error) else None
            ) from None

    async def problem(self) -> str | None:
        """Why the model cannot be asked now; None where it can. The token is read anew."""
        try:
            await self._sign()
            answer = await self._call("GET", f"{self.remote.path}/ready")
        except (RemoteFault, InvalidArtifact) as error:
            return error.message
        return None if answer.status == OK else f"it is not ready there (HTTP {answer.status})"

    async def metadata(self) -> Mapping[str, JSONValue]:
        """What the far side says of the model. Raises RemoteFault."""
        answer = await self._call("GET", self.remote.path)
        if answer.status != OK:
            raise _fault_of(answer)
        document = read_json(answer.body)
        if not isinstance(document, dict):
            raise RemoteFault("its metadata are no JSON object")
        return document

    async def misfit(self) -> str | None:
        """Why the far side's metadata do not fit what was published; None where they do. Raises RemoteFault."""
        return misfit(await self.metadata(), self.remote, self.spec)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    async def _call(self, method: str, path: str, body: bytes = b"") -> HttpAnswer:
        """One call. Only one whose connection was refused is tried once more: of it nothing was sent."""
        if not self._signed:
            try:
                await self._sign()
            except InvalidArtifact as error:
                raise RemoteFault(error.message, unreachable=True, weighs=True) from None
        try:
            try:
                return await self._http.call(method, path, self._headers, body)
            except NotSent:
                self.retried += 1
                await asyncio.sleep(self._retry_after)
                return await self._http.call(method, path, self._headers, body)
        except (NotSent, NoAnswer) as error:
            raise RemoteFault(str(error), unreachable=True, weighs=True) from None

    async def _sign(self) -> None:
        """Read the token. Raises InvalidArtifact where there is none."""
        name = self.remote.token
        if name is None:
            return
        self._headers = {
            "authorization": f"Bearer {await asyncio.to_thread(_token, name, self._environment)}"
        }
        self._signed = True


def _token(name: str, environment: Mapping[str, str]) -> str:
    """The token that a variable holds, or that the file holds which the variable with `_FILE` behind it names."""
    text, file = environment.get(name), environment.get(f"{name}_FILE")
    if file is not None:
        try:
            text = Path(file).read_text("ascii")
        except (OSError, UnicodeError) as error:
            raise InvalidArtifact(
                f"the file of {name}_FILE cannot be read ({type(error).__name__})"
            ) from None
    text = (text or "").strip()
    if not text or len(text) > LONGEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidArtifact(f"the environment has no token in {name}, and no file in {name}_FILE")
    return text


def _fault_of(answer: HttpAnswer) -> RemoteFault:
    status = answer.status
    words = {
        **dict.fromkeys(REFUSED_ROWS, "it refused the rows"),
        **dict.fromkeys(UNAVAILABLE, "it is not available"),
        **dict.fromkeys((401, 403), "it wants another token"),
        **dict.fromkeys((404, 405, 501), "it has no such model"),
    }.get(status, "it failed")
    return RemoteFault(
        f"{words} (HTTP {status})",
        unreachable=status in UNAVAILABLE,
        weighs=status in (*UNAVAILABLE, *NOT_SERVED),
        divisible=status in REFUSED_ROWS,
        said=error_in(answer.body),
    )
