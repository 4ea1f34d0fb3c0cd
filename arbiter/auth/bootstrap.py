"""The first API key of a server that others reach: made from a secret that the operator hands over."""

from __future__ import annotations

import structlog

from arbiter.settings import Settings
from domain.callers import Scope
from domain.errors import Conflict
from serving.services import Services

NAME = "bootstrap"
GRANTS = (Scope.ADMIN, Scope.READ, Scope.PREDICT, Scope.FEEDBACK)

log = structlog.get_logger("arbiter")


async def ensure_first_key(settings: Settings, services: Services) -> None:
    """Make the key `bootstrap` with the secret that the settings give, where there is no key of that name.

    A key that is there is left as it is: what was revoked stays revoked, and processes that start together make one.
    """
    if settings.bootstrap_key is None:
        return
    secret = settings.bootstrap_key.get_secret_value()
    if services.keys.principal_of(secret) is not None:
        return
    try:
        await services.keys.create(NAME, GRANTS, secret=secret)
    except Conflict:
        log.info("the API key of the settings is not made: there is one of that name", name=NAME)
    else:
        log.info("the API key of the settings is made", name=NAME, scopes=sorted(GRANTS))
