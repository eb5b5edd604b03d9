"""Keeps processes running: starts them, restarts those that die, and ends them all in order."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tracking.embedded.server import Child, EmbeddedError, last_lines, signal_group

_STEADY_S = 30.0  # a process that has run so long starts again at once
_LONGEST_WAIT_S = 30.0
_ENDING_S = 4.0


@dataclass(kw_only=True)
class Job:
    """A process that should always run. `start` begins it and returns when it is under way."""

    name: str
    start: Callable[[], None]
    stop: Callable[[], None]
    child: Child
    wanted: bool = False
    started_at: float = 0.0
    failures: int = 0
    not_before: float = field(default=0.0)


class Supervisor:
    """Runs jobs in the order they were added. Single-threaded: `watch` does a round of care and returns at once.

    Children end with the thread that started them, so call everything from the main one.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self.jobs: dict[str, Job] = {}
        self._say = say

    def add(self, child: Child, start: Callable[[], None], stop: Callable[[], None]) -> None:
        """Takes a process into care; it is not started yet."""
        self.jobs[child.name] = Job(name=child.name, start=start, stop=stop, child=child)

    def add_command(
        self, name: str, command: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
    ) -> None:
        """Takes a command into care."""
        child = Child(name=name, log=log)

        def start() -> None:
            child.spawn(command, folder=folder, environment=environment)

        self.add(child, start, lambda: child.end((signal.SIGTERM, _ENDING_S)))

    def start(self, *names: str) -> None:
        """Starts these jobs, one after the other."""
        for name in names:
            job = self.jobs[name]
            job.wanted, job.started_at = True, time.monotonic()
            job.start()

    def watch(self) -> None:
        """Starts again what has died; the more often it dies, the longer it waits. Says so in a line."""
        now = time.monotonic()
        for job in self.jobs.values():
            if not job.wanted or job.child.is_running():
                continue
            if job.child.process is not None:
                self._note_death(job, now)
            elif now >= job.not_before:
                self._start_again(job)

    def _note_death(self, job: Job, now: float) -> None:
        code = job.child.process.returncode if job.child.process is not None else None
        job.child.end()  # what it has left behind
        job.failures = 0 if now - job.started_at > _STEADY_S else job.failures + 1
        wait_s = min(_LONGEST_WAIT_S, 0.0 if job.failures == 0 else 0.5 * 2**job.failures)
        job.not_before = now + wait_s
        how = f"signal {-code}" if code is not None and code < 0 else f"code {code}"
        self._say(f"{job.name} ended ({how}); starting it again in {wait_s:.0f} s, see {job.child.log}")

    def _start_again(self, job: Job) -> None:
        job.started_at = time.monotonic()
        try:
            job.start()
        except EmbeddedError as error:
            job.child.end()
            job.failures += 1
            job.not_before = time.monotonic() + min(_LONGEST_WAIT_S, 2.0**job.failures)
            self._say(f"{job.name}: {error}")

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to a job's process and all of its children. `watch` will start it again."""
        self.jobs[name].child.send(number)

    def stop(self, *names: str) -> None:
        """Stops these jobs; `watch` leaves them alone."""
        for name in names:
            job = self.jobs[name]
            job.wanted = False
            job.stop()

    def stop_all(self, last: Iterable[str] = ()) -> None:
        """Ends all but `last` at the same time, then those, one after the other in that order."""
        at_end = list(last)
        together = [job for job in self.jobs.values() if job.name not in at_end]
        for job in self.jobs.values():
            job.wanted = False
        for job in together:
            if job.child.process is not None and job.child.is_running():
                job.child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _ENDING_S
        while any(job.child.is_running() for job in together) and time.monotonic() < deadline:
            time.sleep(0.02)
        for job in together:
            if job.child.process is not None:
                signal_group(job.child.process.pid, signal.SIGKILL)
            job.child.end()
        for name in at_end:
            self.jobs[name].stop()


def run_once(name: str, command: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]) -> str:
    """Runs a command to its end; what it printed. Raises EmbeddedError with the end of its output if it fails."""
    child = Child(name=name, log=log)
    before = log.stat().st_size if log.exists() else 0
    child.spawn(command, folder=folder, environment=environment)
    try:
        code = child.process.wait() if child.process is not None else 1
    finally:
        child.end()
    if code:
        raise EmbeddedError(f"{name} failed; the end of {log}:\n{last_lines(log)}")
    with log.open("rb") as file:
        file.seek(before)
        return file.read().decode(errors="replace")
