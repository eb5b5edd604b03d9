"""The platform's processes put together: which there are, what each is told, and in which order they start."""

from __future__ import annotations

import os
import signal
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from tracking.clock import DemoClock
from tracking.demo.supervisor import Supervisor, run_once
from tracking.embedded import EmbeddedError, Servers
from tracking.env import BASE_DIR, variables

SERVERS = ("redis", "postgres")
PROCESSES = ("sandbox", "web", "live", "worker", "ticker", "dispatcher")
_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where to listen; 0 is any free port."""

    web: int = 0
    live: int = 0
    sandbox: int = 0


@dataclass(kw_only=True)
class Stack:
    """One running platform. `start` returns when it answers; `watch` keeps it so; `stop` leaves no process behind."""

    folder: Path
    ports: Ports = field(default_factory=Ports)
    clock: DemoClock = field(default_factory=DemoClock)
    password: str = "throughline-demo"  # noqa: S105  (of the demo's logins; the demo makes its own)
    demo_start: datetime | None = None  # the sandbox is filled with the demo's parcels around this instant
    demo_count: int = 300
    settings: Mapping[str, str] = field(default_factory=dict)  # more environment variables for every process
    durable: bool = True
    given: Mapping[str, str] = field(
        default_factory=lambda: os.environ
    )  # servers that run already: DATABASE_URL, REDIS_URL
    develop: bool = False
    pushes: bool = False  # the sandbox takes subscriptions, and pushes to the web process
    say: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.servers = Servers(self.folder, durable=self.durable, given=self.given)
        self.folder = self.servers.lock.folder
        self.supervisor = Supervisor(self.say)
        self.supervisor.add(self.servers.redis, self.servers.redis.start, self.servers.redis.stop)
        self.supervisor.add(self.servers.postgres, self.servers.postgres.start, self.servers.postgres.stop)
        taken: set[int] = set()
        self.ports = Ports(
            web=free_port(self.ports.web, taken),
            live=free_port(self.ports.live, taken),
            sandbox=free_port(self.ports.sandbox, taken),
        )
        self.environment = self._environment()
        for name, command in self.commands().items():
            self.supervisor.add_command(
                name, command, folder=BASE_DIR, log=self._log(name), environment=self.environment
            )

    @property
    def site_url(self) -> str:
        """Where the pages and the API are."""
        return f"http://localhost:{self.ports.web}"

    @property
    def live_url(self) -> str:
        """Where the live stream is."""
        return f"http://localhost:{self.ports.live}"

    @property
    def sandbox_url(self) -> str:
        """Where the carriers are; each below its slug, their control below /sandbox."""
        return f"http://{_HOST}:{self.ports.sandbox}"

    def start(self, *, seed: bool = False, processes: tuple[str, ...] = PROCESSES) -> str:
        """Starts the servers and these processes and waits for their answers; what seeding printed.

        Raises EmbeddedError with nothing left running.
        """
        try:
            self.servers.lock.take()
            self.supervisor.start(*(name for name in SERVERS if self._is_ours(name)))
            # The sandbox wakes while the tables are made.
            self.supervisor.start(*(name for name in processes if name == "sandbox"))
            self.manage("migrate", "--no-input")
            self.supervisor.start(*(name for name in processes if name in {"web", "live"}))
            told = self.manage("seed_demo", "--sandbox", self.sandbox_url) if seed else ""
            self.supervisor.start(*(name for name in processes if name in {"worker", "ticker", "dispatcher"}))
            if seed:
                self.supervisor.start("feeder")
            self._wait_for_answers(processes)
        except BaseException:
            self.stop()
            raise
        return told

    def watch(self) -> None:
        """Starts again what has died. Call it from the main thread, a few times a second."""
        self.supervisor.watch()

    def stop(self) -> None:
        """Ends everything, the servers last, within ten seconds."""
        self.supervisor.stop_all(last=SERVERS)
        self.servers.lock.free()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a process and its children a signal; `watch` starts it again."""
        self.supervisor.kill(name, number)

    def manage(self, *arguments: str) -> str:
        """Runs a manage.py command with the stack's environment; what it printed. Raises EmbeddedError if it fails."""
        command = [sys.executable, "manage.py", *arguments]
        log = self._log(arguments[0])
        return run_once(f"manage.py {arguments[0]}", command, folder=BASE_DIR, log=log, environment=self.environment)

    def set_clock(self, clock: DemoClock) -> None:
        """Another clock, for the processes that start from now on."""
        self.clock = clock
        self.environment["DEMO_CLOCK"] = str(clock)

    def _is_ours(self, server: str) -> bool:
        ours = {"redis": ("REDIS_URL", self.servers.redis.url), "postgres": ("DATABASE_URL", self.servers.postgres.url)}
        name, url = ours[server]
        return self.environment[name] == url

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    def _environment(self) -> dict[str, str]:
        ours = set(variables()) | {"CARRIER_URLS", "PYTHONDONTWRITEBYTECODE"}
        inherited = {name: value for name, value in os.environ.items() if name not in ours}
        return {
            **inherited,
            **self.servers.environment(),
            "DJANGO_SETTINGS_MODULE": "tracking.settings",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(BASE_DIR),
            "THROUGHLINE_DATA_DIR": str(self.folder),
            "DEMO": "true",
            "DEBUG": str(self.develop).lower(),
            "DEMO_CLOCK": str(self.clock),
            "DEMO_PASSWORD": self.password,
            "SITE_URL": self.site_url,
            "LIVE_URL": self.live_url,
            "CARRIER_URLS": f"{self.sandbox_url}/{{slug}}",
            "WORKER_SHUTDOWN_S": "2",
            "REMAP_SIGTERM": "SIGQUIT",  # Celery's: put unfinished tasks back instead of waiting for their end
            **self.settings,
        }

    def commands(self) -> dict[str, list[str]]:
        """What each process is started with."""
        python = sys.executable
        granian = [
            python,
            "-m",
            "granian",
            "--host",
            _HOST,
            "--no-ws",
            "--respawn-failed-workers",
            "--log-level",
            "warning",
        ]
        sandbox = [python, "-m", "carriers.sandbox", "--host", _HOST, "--port", str(self.ports.sandbox)]
        sandbox += ["--state", str(self.folder / "sandbox.json")]
        if self.pushes:
            sandbox += ["--push"]
        if self.demo_start is not None:
            sandbox += ["--demo-start", self.demo_start.isoformat(), "--demo-count", str(self.demo_count)]
        web = [*granian, "--interface", "wsgi", "--port", str(self.ports.web), "--workers", "2"]
        web += ["--blocking-threads", "2", "tracking.wsgi:application"]
        if self.develop:
            web = [python, "manage.py", "runserver", f"{_HOST}:{self.ports.web}"]
        live = [*granian, "--interface", "asgi", "--port", str(self.ports.live), "tracking.asgi:application"]
        worker = [python, "-m", "celery", "-A", "tracking", "worker", "--pool", "prefork", "-c", "2"]
        worker += ["--without-gossip", "--without-mingle"]
        ticker = [python, "manage.py", "ticker"]
        dispatcher = [python, "manage.py", "dispatcher"]
        feeder = [python, "manage.py", "feed_demo", "--sandbox", self.sandbox_url]
        return {
            "sandbox": sandbox,
            "web": web,
            "live": live,
            "worker": worker,
            "ticker": ticker,
            "dispatcher": dispatcher,
            "feeder": feeder,
        }

    def _wait_for_answers(self, processes: tuple[str, ...]) -> None:
        addresses = {"web": f"http://{_HOST}:{self.ports.web}/track", "sandbox": f"{self.sandbox_url}/sandbox/clock"}
        for name, address in addresses.items():
            if name in processes:
                self.supervisor.jobs[name].child.wait_until(partial(is_answering, address))


def is_answering(address: str) -> bool:
    """Whether something answers there without an error of its own."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  (ours, on the loopback)
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def free_port(wanted: int, taken: set[int]) -> int:
    """`wanted` if nobody listens there, else the next free port; 0 is any. The answer is added to `taken`."""
    candidates = range(wanted, min(wanted + 100, 65_536)) if wanted else [0] * 20
    for port in candidates:
        if port in taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            found = int(probe.getsockname()[1])
            if found not in taken:
                taken.add(found)
                return found
    raise EmbeddedError(f"no free port from {wanted} on")
