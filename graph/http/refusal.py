"""Calls that are no GraphQL request at all: refused with a status of HTTP, before anything is executed."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import NoReturn

from graph.vocabulary.errors import BAD_REQUEST


class Refusal(Exception):
    """A call that is no GraphQL request; answered with `status`, a `code` and the reason."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        headers: Mapping[str, str] | None = None,
        *,
        code: str = BAD_REQUEST,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.code = code


def refuse_method(message: str, allowed: str) -> NoReturn:
    """Raise Refusal for a method that is not `allowed`."""
    raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, f"{message}; allowed: {allowed}", {"Allow": allowed})
