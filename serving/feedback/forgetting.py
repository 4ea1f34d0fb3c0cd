"""Forgetting a person: what the log holds of one subject is erased, and every count stays what it was."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping

from domain.callers import Principal
from domain.catalog.classes import Classes
from domain.errors import InvalidInput
from domain.requests.external_ids import external_id_problem
from orm.connection.database import Database
from orm.connection.failures import telling
from orm.queries.history import erasures, external_ids
from serving.ports import Clock

MAX_TEXT = 256
AT_ONCE = 500
KEYS_AT_ONCE = 2_000
STAND_IN = "forgotten-"
UNFINISHED = "some requests may be forgotten already; call it again, which goes on where it stopped."

log = logging.getLogger(__name__)


class Forgetting:
    """Erases subjects, in transactions of some hundred rows between which everything else goes on."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        at_once: int = AT_ONCE,
        classes: Callable[[], Mapping[int, Classes]] = dict,
    ) -> None:
        """`classes` gives the declared classes by endpoint id: ground truths that are none of them may be any text."""
        self._database = database
        self._classes = classes
        self._clock = clock
        self._at_once = at_once

    async def forget(self, subject: str, principal: Principal) -> int:
        """Erase inputs, messages and the name from all requests of `subject` that there are; how many they were.

        Their idempotency keys go too, and ground truths that are no declared class. Label, value, outcome, other
        feedback, latency and all counts and verdicts stay. A call that was interrupted is taken up again by the next
        one, and calling twice erases nothing twice: an outage in the middle says so.
        Requests that come later are not touched. Raises InvalidInput, DatabaseUnavailable.
        """
        if not (0 < len(subject) <= MAX_TEXT and subject.isprintable()):
            raise InvalidInput(f"subject must have 1 to {MAX_TEXT} printable characters.", path=("subject",))
        with telling(lambda: UNFINISHED):
            return await self._forget(subject, principal)

    async def forget_called(self, endpoint_id: int, external_id: str, principal: Principal) -> int:
        """Erase the one request of an endpoint that has this external id, as `forget` does; how many they were.

        One that has lost its inputs already is found by it, too. Raises InvalidInput, DatabaseUnavailable.
        """
        problem = external_id_problem(external_id)
        if problem is not None:
            raise InvalidInput(f"An external id {problem}.", path=("externalId",))
        token = STAND_IN + secrets.token_hex(16)
        with telling(lambda: UNFINISHED):
            key = (endpoint_id, external_id)
            async with self._database.own_reader() as reader:
                request_id = await external_ids.request_called(reader, key)
            if request_id is not None:
                # Before the request, by whose external id they are found: a call that was interrupted begins anew.
                await self._drop_keys(request_id)
            async with self._database.transaction() as tx:
                request_id = (await external_ids.requests_called(tx, [key])).get(key)
                count = await erasures.erase_one(
                    tx, request_id, token, principal.name, self._clock(), self._is_truth()
                )
        log.info("%d requests of one external id were forgotten, by %s", count, principal.name)
        return count

    def _is_truth(self) -> erasures.IsTruth:
        classes = self._classes()

        def is_truth(endpoint_id: int, text: str) -> bool:
            declared = classes.get(endpoint_id)
            return declared is None or declared.class_of(text) is not None

        return is_truth

    async def _drop_keys(self, naming: int | None = None) -> None:
        after: int | None = 0
        while after is not None:
            async with self._database.transaction() as tx:
                after = await erasures.drop_some_keys(tx, after, KEYS_AT_ONCE, naming)

    async def _forget(self, subject: str, principal: Principal) -> int:
        async with self._database.transaction() as tx:
            erasure = await erasures.begin(
                tx,
                subject,
                token=STAND_IN + secrets.token_hex(16),
                created_by=principal.name,
                now=self._clock(),
            )
        erased = self._at_once
        while erased == self._at_once:
            async with self._database.transaction() as tx:
                erased = await erasures.erase_some(tx, erasure, self._at_once, self._is_truth())
        await self._drop_keys()
        async with self._database.transaction() as tx:
            count = await erasures.finish(tx, erasure, self._clock())
        log.info("%d requests of one subject were forgotten, by %s", count, principal.name)
        return count
