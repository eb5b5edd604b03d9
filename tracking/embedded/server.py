"""One program under our care: started as our child, ended with us, its output in a log."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")
_LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 on macOS, with the closing NUL
_START_S = 60.0  # recovery after a crash included


class EmbeddedError(RuntimeError):
    """A server cannot be started; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a program runs as; -1 is ourselves. With `passage` it may pass folders that are closed to it."""

    uid: int = -1
    gid: int = -1
    passage: bool = False


OURSELVES = Account()


def launched(command: Sequence[str | Path], ending: signal.Signals, account: Account = OURSELVES) -> list[str]:
    """The command line that runs `command` as that account and sends it `ending` should we die."""
    how = [ending.name, str(account.uid), str(account.gid), str(int(account.passage))]
    return [sys.executable, "-I", "-S", str(_LAUNCH), *how, *(str(word) for word in command)]


@dataclass(kw_only=True)
class Child:
    """A child process in a session of its own, so that Ctrl-C is ours to handle and its own children end with it."""

    name: str
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def is_running(self) -> bool:
        """Whether the process we started is alive."""
        return self.process is not None and self.process.poll() is None

    def spawn(
        self,
        command: Sequence[str | Path],
        *,
        folder: Path,
        ending: signal.Signals = signal.SIGTERM,
        account: Account = OURSELVES,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Starts the program in `folder`; call it from the main thread, whose end is taken for ours."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                launched(command, ending, account),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=None if environment is None else dict(environment),
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Sends the program and all its children a signal; nothing if it has ended."""
        if self.process is not None:
            signal_group(self.process.pid, number)

    def end(self, *signals: tuple[signal.Signals, float]) -> None:
        """Sends the program each signal until it ends, waiting so many seconds after each; then kills what it left."""
        if self.process is None:
            return
        for number, patience_s in (*signals, (signal.SIGKILL, 5.0)):
            if self.process.poll() is not None:
                break
            self.process.send_signal(number)
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                continue
        signal_group(self.process.pid, signal.SIGKILL)
        self.process = None

    def wait_until(self, answers: Callable[[], bool], within_s: float = _START_S) -> None:
        """Returns when `answers` does. Raises EmbeddedError if the program ends or the time runs out."""
        deadline = time.monotonic() + within_s
        while not answers():
            if not self.is_running():
                raise EmbeddedError(f"{self.name} ended while starting; the end of {self.log}:\n{last_lines(self.log)}")
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} did not answer within {within_s:.0f} s; see {self.log}")
            time.sleep(0.02)


@dataclass(kw_only=True)
class Server(Child):
    """A child that keeps its data in `folder`."""

    folder: Path


def signal_group(pid: int, number: signal.Signals) -> None:
    """Sends a signal to a process group, if there still is one."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def last_lines(path: Path, lines: int = 12) -> str:
    """The end of a log; may be empty."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def socket_folder(folder: Path, longest_name: str) -> Path:
    """Where a server's socket goes: its own folder, or a short private one where the checkout lies too deep."""
    if len(os.fsencode(folder / longest_name)) <= _LONGEST_SOCKET_PATH:
        return folder
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    base = Path(tempfile.gettempdir())
    base = base if len(os.fsencode(base)) < 50 else Path("/tmp")  # noqa: S108  (made private below)
    return base / f"throughline-{os.getuid()}-{mark}"


def make_socket_folder(path: Path, account: Account = OURSELVES) -> None:
    """Makes the folder if need be, entered by that account only. Raises EmbeddedError if another one has taken it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), account.uid}:
        raise EmbeddedError(f"{path} belongs to someone else; remove it, or set TMPDIR to a folder of your own")
    path.chmod(0o700)
    if account.uid >= 0:
        os.chown(path, account.uid, account.gid)
