"""Pauses in the check of one document, so that predictions find the interpreter free while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from graphql import ValidationContext, ValidationRule

from domain.pacing import CHECK_PIECE_SECONDS


def pausing(
    timer: Callable[[], float] = time.perf_counter, sleep: Callable[[float], object] = time.sleep
) -> type[ValidationRule]:
    """A validation rule that finds nothing, and has its thread sleep as long as all the rules have worked.

    A check runs in a thread, but all threads of a process share one interpreter: a prediction, whose row goes to the
    thread of the database and back, waits at each of these steps until the check lets go of it. `timer` and `sleep`
    count in seconds.
    """

    class Pausing(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.began = timer()

        def enter(self, *_: object) -> None:
            worked = timer() - self.began
            if worked > CHECK_PIECE_SECONDS:
                sleep(worked)
                self.began = timer()

    return Pausing
