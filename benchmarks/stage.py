"""Where a benchmark plays: a whole platform in a temporary folder, on free ports of the loopback, as durable as in
production; and this process as one of its processes."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import django

from benchmarks import calibration
from benchmarks.calibration import Scores
from tracking.demo.stack import Stack


class Wrong(Exception):
    """The measured work was not done, or not rightly: its figure would be worth nothing."""


@contextmanager
def stage(
    *processes: str,
    limit_s: int,
    seed: bool = False,
    log_level: str = "WARNING",
    folder: Path | None = None,
    **options: Any,
) -> Iterator[Stack]:
    """A started stack of PostgreSQL, Redis and these processes. Everything ends with it, after `limit_s` at the latest.

    In a temporary folder, or in `folder`, which is kept.

    Ambient DATABASE_URL and REDIS_URL are left alone: a benchmark fills and flushes servers of its own.
    """
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    place = nullcontext(str(folder)) if folder else tempfile.TemporaryDirectory(prefix="throughline-bench-")
    with place as path, time_limit(limit_s):
        stack = Stack(folder=Path(path), settings={"LOG_LEVEL": log_level}, **options)
        try:
            stack.start(seed=seed, processes=processes)
            os.environ.update(stack.environment)
            django.setup()
            yield stack
        finally:
            signal.alarm(0)
            stack.stop()


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Ends what is inside with a Wrong when the time is up or somebody terminates us, so that it can clean up."""

    def end(number: int, _frame: object) -> None:
        told = f"not done after {seconds} s" if number == signal.SIGALRM else "terminated"
        raise Wrong(told)

    before = {number: signal.signal(number, end) for number in (signal.SIGALRM, signal.SIGTERM)}
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)


def scores_of(stack: Stack) -> Callable[[], Scores]:
    """Takes the scores of this machine with the stack's servers."""
    return partial(calibration.scores, stack.environment["DATABASE_URL"], stack.environment["REDIS_URL"])


def pid_of(stack: Stack, name: str) -> int:
    """The process id of a running job of the stack."""
    process = stack.supervisor.jobs[name].child.process
    if process is None:
        raise Wrong(f"{name} does not run")
    return process.pid


def wait_until(is_so: Callable[[], bool], what: str, within_s: float = 60.0, every_s: float = 0.05) -> None:
    """Returns once `is_so`. Raises Wrong when the time is up."""
    ends = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > ends:
            raise Wrong(f"{what} did not come about within {within_s:.0f} s")
        time.sleep(every_s)
