"""File descriptors: how many a server may have, and a word when there are none left."""

from __future__ import annotations

import errno
import resource
import socket
from collections.abc import Callable

import structlog

log = structlog.get_logger("arbiter.server")

WANTED = 65_536
"""Each connection is one. Many systems give a process 1,024 until it asks for more, which it may up to a limit."""
SECONDS_BETWEEN_WORDS = 60.0
NONE_LEFT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Of the process, of the machine, and what else keeps a socket from being opened."""


def ask_for_more() -> None:
    """Raise the number of descriptors of this process as far as it may, up to WANTED."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def one_more() -> None:
    """Open a descriptor, and close it. Raises OSError where there is none left."""
    socket.socket().close()


class Descriptors:
    """Whether there is a descriptor left: where not, the event loop closes new connections without telling anybody."""

    def __init__(self, probe: Callable[[], None] = one_more) -> None:
        self._probe = probe
        self._silent_until = 0.0

    def exhausted(self, now: float, connections: int) -> bool:
        """Whether none is left; if so the log says what to do, once a minute. `now` counts seconds."""
        lack = self._lack()
        if lack is not None and now >= self._silent_until:
            self._silent_until = now + SECONDS_BETWEEN_WORDS
            log.error(
                "no file descriptor is left: new connections are closed unanswered, and those that have not sent "
                "their request are ended. Raise the limit (LimitNOFILE= of systemd, --ulimit nofile= of Docker, "
                "ulimit -Hn), or let the proxy in front bound the connections of one address",
                reason=lack,
                connections=connections,
                limit=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            )
        return lack is not None

    def _lack(self) -> str | None:
        """What the system says where there is none left."""
        try:
            self._probe()
        except OSError as error:
            if error.errno not in NONE_LEFT:
                raise
            return error.strerror
        return None
