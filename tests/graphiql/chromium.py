"""A headless Chromium driven over its DevTools protocol, which tells every request that a page makes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websocket import WebSocket, WebSocketTimeoutException, create_connection

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
    "--window-size=1360,860",
)
PATIENCE = 60.0


class Page:
    """The browser's one tab: what it loaded, what it said, and ways to use it."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._last = 0
        self.requests: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: object) -> dict[str, Any]:
        self._last += 1
        self._socket.send(json.dumps({"id": self._last, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == self._last:
                assert "error" not in message, message["error"]
                answer: dict[str, Any] = message["result"]
                return answer
            self._hear(message)

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def emulate_colours(self, scheme: str) -> None:
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def ask(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited when it is a promise."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until an expression is truthy; fails, with what the page said, when it never is."""
        limit = time.monotonic() + PATIENCE
        while time.monotonic() < limit:
            if self.ask(f"Boolean({script})"):
                return
            self._listen(0.05)
        pytest.fail(f"the page never made this true: {script}\nIt said: {self.complaints}")

    def settle(self, seconds: float = 1.0) -> None:
        """Listen for what the page still does on its own."""
        limit = time.monotonic() + seconds
        while (left := limit - time.monotonic()) > 0:
            self._listen(left)

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, modifiers=modifiers
            )

    def click(self, selector: str) -> None:
        """Press the left mouse button in the middle of an element, once the page is at rest."""
        self.wait_for(f"document.readyState === 'complete' && document.querySelector({json.dumps(selector)})")
        before, box = None, self._middle(selector)
        while box != before:
            self._listen(0.1)
            before, box = box, self._middle(selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)

    def _middle(self, selector: str) -> list[float]:
        middle: list[float] = self.ask(
            f"(() => {{const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]})()"
        )
        return middle

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def hosts(self) -> set[str]:
        """Host and port of every request over a network; `data:` and `blob:` addresses use none."""
        parts = [urlsplit(url) for url in self.requests]
        return {part.netloc for part in parts if part.scheme not in ("data", "blob")}

    def _listen(self, seconds: float) -> None:
        self._socket.settimeout(seconds)
        try:
            self._hear(json.loads(self._socket.recv()))
        except WebSocketTimeoutException:
            pass
        finally:
            self._socket.settimeout(PATIENCE)

    def _hear(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(params["exceptionDetails"])[:2000])
            case "Runtime.consoleAPICalled" if params["type"] == "error":
                self.complaints.append(json.dumps(params["args"])[:2000])


def executable() -> str:
    """Chromium's path; without it the test is skipped, but in continuous integration it fails."""
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    reason = "Chromium is not installed (looked for chromium and google-chrome on the PATH)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def opened(profile: Path) -> Iterator[Page]:
    """A fresh browser whose profile lies in the folder `profile`."""
    command = [executable(), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with (profile.parent / "chromium.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        socket = create_connection(_page_address(process, profile), timeout=PATIENCE, suppress_origin=True)
        try:
            yield Page(socket)
        finally:
            socket.close()
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _page_address(process: subprocess.Popen[bytes], profile: Path) -> str:
    """The DevTools address of the tab: Chromium writes its port into the profile when it listens."""
    port_file = profile / "DevToolsActivePort"
    limit = time.monotonic() + PATIENCE
    while not (port_file.is_file() and port_file.read_text().count("\n")):
        if process.poll() is not None or time.monotonic() > limit:
            pytest.fail(f"Chromium did not start: {(profile.parent / 'chromium.log').read_text()[-3000:]}")
        time.sleep(0.05)
    port = port_file.read_text().splitlines()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as answer:
        tabs: list[dict[str, str]] = json.load(answer)
    return next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
