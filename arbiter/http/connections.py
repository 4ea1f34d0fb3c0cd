"""One client's connection: what it has not sent by the time the server ends is not waited for."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, which at the end of the server waits for calls that run, and not for bodies that never come whole."""

    def shutdown(self) -> None:
        """Begin to drain: drop a call whose body has not come and whose answer has not begun."""
        cycle = self.cycle
        if cycle is not None and cycle.more_body and not cycle.response_started:
            self.transport.close()
        else:
            super().shutdown()
