"""An address belongs to one process from the moment it starts, not from the moment it has loaded everything."""

from __future__ import annotations

import socket

import pytest

from arbiter.http.server import bind
from domain.errors import Misconfigured


def test_an_address_is_taken_before_the_server_is_ready() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Misconfigured) as refused:
            bind("127.0.0.1", port)
        assert refused.value.message == (
            f"cannot listen on 127.0.0.1:{port} (Address already in use): stop what uses the port, or choose "
            "another with --port or ARBITER_PORT"
        )
    bind("127.0.0.1", port).close()


def test_a_call_that_comes_early_waits_instead_of_being_refused() -> None:
    with bind("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()) as caller:
        accepted, address = listening.accept()
        with accepted:
            assert address == caller.getsockname()
