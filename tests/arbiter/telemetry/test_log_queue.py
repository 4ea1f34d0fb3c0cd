"""A log that nobody reads: nothing waits for it, and what is lost is counted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from arbiter.telemetry.log_queue import LogQueue
from rest.measures.metrics import Metrics
from tests.arbiter.processes import PATIENCE, environment


class StalledReader:
    """Takes one piece, and the next ones only once it reads on."""

    def __init__(self) -> None:
        self.reads_on = threading.Event()
        self.stalled = threading.Event()
        self.read: list[str] = []

    def __call__(self, text: str) -> None:
        self.stalled.set()
        assert self.reads_on.wait(PATIENCE)
        self.read.append(text)


@pytest.fixture
def said() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged meanwhile."""
    with structlog.testing.capture_logs() as events:
        yield events


@contextmanager
def stalled(most: int) -> Iterator[tuple[LogQueue, StalledReader]]:
    """A queue whose thread waits for its reader, with the ten characters of a first event."""
    reader = StalledReader()
    with LogQueue(reader, most=most) as lines:
        lines.write("the first\n")
        assert reader.stalled.wait(PATIENCE)
        yield lines, reader
        reader.reads_on.set()


def test_access_lines_are_dropped_first_and_what_is_lost_is_counted(
    said: list[MutableMapping[str, Any]],
) -> None:
    with stalled(most=40) as (lines, reader):
        lines.write_access("access-1\n")
        lines.write_access("access-2\naccess-3\n")
        lines.write("an event\n")
        lines.write("one more\n")
        lines.write("too many\n")
        assert lines.lost == {"access": 2, "event": 1}
    assert "".join(reader.read) == "the first\naccess-1\nan event\none more\n"
    assert said == [
        {"event": "log lines were lost: nobody read them in time", "lines": 3, "log_level": "warning"}
    ]


def test_the_metric_shows_what_was_lost(said: list[MutableMapping[str, Any]]) -> None:
    metrics = Metrics()
    with stalled(most=10) as (lines, _):
        metrics.watch_log(lines)
        lines.write_access("a\nb\n")
        lines.write("event\n")
        rendered = metrics.render().decode()
    assert 'arbiter_log_lines_lost_total{kind="access"} 2.0' in rendered
    assert 'arbiter_log_lines_lost_total{kind="event"} 1.0' in rendered
    assert len(said) == 1


def test_lines_for_a_reader_that_is_gone_are_counted_and_later_ones_are_written() -> None:
    read: list[str] = []
    gone = threading.Event()

    def put(text: str) -> None:
        if not gone.is_set():
            gone.set()
            raise BrokenPipeError
        read.append(text)

    with LogQueue(put) as lines, structlog.testing.capture_logs():
        lines.write("nobody\n")
        assert gone.wait(PATIENCE)
        lines.write("somebody\n")
    assert read == ["somebody\n"]
    assert lines.lost == {"access": 0, "event": 1}


def test_what_waits_is_written_at_the_end_and_in_order() -> None:
    read: list[str] = []
    with LogQueue(read.append) as lines:
        for number in range(1000):
            lines.write_access(f"{number}\n")
    assert "".join(read).split() == [str(number) for number in range(1000)]


@pytest.mark.matrix
def test_a_server_whose_log_nobody_reads_answers_and_ends(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "arbiter", "serve", "--port", "0"],
        cwd=tmp_path,
        env=environment(log_level="debug"),
        stdout=subprocess.PIPE,
        stderr=writing,
        text=True,
    )
    os.close(writing)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4].rstrip(";")
        with httpx.Client(base_url=url, timeout=PATIENCE) as client:
            answers = [client.get("/" + "x" * 2000) for _ in range(100)]  # 200 kB of lines
            answers.append(client.get("/livez"))
        assert [answer.status_code for answer in answers] == [404] * 100 + [200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        os.close(reading)


def test_standard_error_takes_the_whole_text_even_where_it_refuses_to_wait() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os; os.set_blocking(2, False); "
            "from arbiter.telemetry.log_queue import to_standard_error; to_standard_error('ä' * 200_000)",
        ],
        env=environment(),
        stderr=subprocess.PIPE,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "ä" * 200_000)
