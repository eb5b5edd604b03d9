"""`make demo`: one command brings up everything, keeps it up, and takes it away again."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.stack import running_stack
from tracking.demo.stack import free_port, is_answering
from tracking.embedded import EmbeddedError
from tracking.embedded.server import Child
from tracking.env import variables

ROOT = Path(__file__).resolve().parents[2]


def processes_of(folder: Path) -> list[str]:
    """Every process whose command line or environment names the folder, but for this one's."""
    shown = subprocess.run(["ps", "-ww", "-eo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    return [line for line in shown.splitlines() if str(folder) in line or is_told(line.split()[0], folder)]


def is_told(pid: str, folder: Path) -> bool:
    try:
        return f"THROUGHLINE_DATA_DIR={folder}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


class Demo:
    """`python -m tracking.demo` in a folder of its own, and what it prints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name not in variables()}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tracking.demo",
                "--port",
                "18000",
                "--live-port",
                "18100",
                "--sandbox-port",
                "18200",
            ],
            cwd=ROOT,
            env=environment | {"THROUGHLINE_DATA_DIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.told = ""

    def wait_for(self, text: str) -> None:
        assert self.process.stdout is not None
        while text not in self.told:
            line = self.process.stdout.readline()
            assert line, f"the demo ended early:\n{self.told}"
            self.told += line

    def end(self, number: signal.Signals) -> float:
        """How many seconds it took to end."""
        began = time.monotonic()
        self.process.send_signal(number)
        self.told += self.process.communicate(timeout=20)[0]
        return time.monotonic() - began


@pytest.mark.e2e
def test_a_demo_ends_without_a_trace_and_continues_where_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = Demo(folder)
    first.wait_for("Ctrl-C ends everything")
    site = re.search(r"is on (http://localhost:\d+)", first.told)
    assert site is not None
    with urllib.request.urlopen(f"{site[1]}/track", timeout=10) as page:  # noqa: S310  (ours)
        assert page.status == 200
    assert first.end(signal.SIGINT) < 10
    assert processes_of(folder) == []
    left_at = json.loads((folder / "demo.json").read_text())["demo_s"]

    second = Demo(folder)
    second.wait_for("Ctrl-C ends everything")
    assert second.end(signal.SIGTERM) < 10
    assert processes_of(folder) == []
    assert "shipments registered" not in (folder / "logs" / "seed_demo.log").read_text().splitlines()[-1]
    assert json.loads((folder / "demo.json").read_text())["demo_s"] > left_at
    assert "tl_***" not in second.told
    assert re.search(r"key tl_\S+", second.told), "the API key is told again"


@pytest.mark.faults
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_killed_demo_leaves_no_orphans(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "data")
    demo.wait_for("Ctrl-C ends everything")
    demo.end(signal.SIGKILL)
    deadline = time.monotonic() + 15
    while processes_of(demo.folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(demo.folder) == []


@pytest.mark.faults
def test_whatever_is_killed_comes_back(tmp_path: Path) -> None:
    said: list[str] = []
    with running_stack(tmp_path / "data", say=said.append) as stack:
        for name in ("web", "live", "worker", "ticker", "sandbox", "redis", "postgres"):
            job = stack.supervisor.jobs[name]
            before = job.child.process
            stack.kill(name)
            stack.wait_until(lambda job=job, before=before: is_another(job.child, before), what=f"a new {name}")
            assert any(line.startswith(f"{name} ended (signal 9)") for line in said)
        stack.wait_until(lambda: is_answering(f"{stack.site_url}/track"), what="the page")
        assert stack.query("SELECT 1") == [(1,)]
    assert processes_of(tmp_path / "data") == []


def is_another(child: Child, before: object) -> bool:
    return child.is_running() and child.process is not before


@pytest.mark.e2e
def test_a_stack_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with pytest.raises(EmbeddedError, match="SITE_URL"), running_stack(folder, settings={"SITE_URL": "nonsense"}):
        pass
    assert processes_of(folder) == []


def test_a_busy_port_gives_way_to_the_next() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert free_port(port, set()) > port
        taken = {free_port(0, set())}
        assert free_port(min(taken), taken) != min(taken)
