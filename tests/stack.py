"""The whole platform for a test, on free ports and in a folder of its own:

    @pytest.fixture(scope="module")
    def stack(tmp_path_factory):
        with running_stack(tmp_path_factory.mktemp("stack"), demo_start=None) as stack:
            yield stack

    stack.site_url  stack.sandbox_url  stack.environment  stack.query("SELECT ...")
    stack.kill("worker")                       # SIGKILL, with its children; also "redis" and "postgres"
    stack.wait_until(lambda: ..., within_s=20) # meanwhile what has died is started again, as in production
    stack.restart("web")

Everything happens in the calling thread: processes are started again only while `wait_until` or `watch` runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2

from tracking.clock import DemoClock
from tracking.demo.stack import PROCESSES, Stack
from tracking.embedded.server import last_lines


class TestStack(Stack):
    """A stack with what tests ask of it."""

    __test__ = False

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement on the stack's database; none for one that has no result."""
        connection = psycopg2.connect(self.environment["DATABASE_URL"])
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def wait_until(self, is_so: Callable[[], Any], within_s: float = 30.0, what: str = "it") -> Any:
        """What `is_so` answers once it is true; keeps the processes running. Fails the test when the time is up."""
        deadline = time.monotonic() + within_s
        while not (answer := is_so()):
            if time.monotonic() > deadline:
                logs = "\n".join(
                    f"--- {path.name}\n{last_lines(path)}" for path in sorted((self.folder / "logs").glob("*.log"))
                )
                raise AssertionError(f"{what} did not come about within {within_s:.0f} s\n{logs}")
            self.watch()
            time.sleep(0.05)
        return answer

    def restart(self, name: str) -> None:
        """Stops a process as a deployment would, and starts it again."""
        self.supervisor.stop(name)
        self.supervisor.start(name)


@contextmanager
def running_stack(
    folder: Path,
    *,
    processes: tuple[str, ...] = PROCESSES,
    seed: bool = False,
    speed: float | None = None,
    **options: Any,
) -> Iterator[TestStack]:
    """A started stack. `speed` gives it a demo clock that starts now; `seed` the demo's parcels (with `demo_start`)."""
    now = time.time()
    clock = DemoClock() if speed is None else DemoClock(real_s=now, demo_s=now, speed=speed)
    if seed:
        options.setdefault("demo_start", datetime.fromtimestamp(now, UTC))
    options.setdefault("given", {})  # servers of its own, not the test run's
    stack = TestStack(folder=folder, clock=clock, **options)
    stack.start(seed=seed, processes=processes)
    try:
        yield stack
    finally:
        stack.stop()
