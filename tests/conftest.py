"""Every test runs on a real PostgreSQL and a real Redis: embedded ones, or those of DATABASE_URL and REDIS_URL.

Each run takes a slot of .data/test of its own, so that several may go on at the same time; a slot's servers keep their
files, and the next run starts in a fraction of a second. In a parallel run (`-n 2`) each worker has its own databases.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

import django
import pytest

from tracking.embedded import EmbeddedError, Servers
from tracking.env import variables
from tracking.env_values import redis_database

ROOT = Path(__file__).resolve().parent.parent
# These know no server.
PURE = (ROOT / "tests" / "carriers", ROOT / "tests" / "tracking" / "rules")


def _servers_of_a_free_slot() -> Servers:
    for number in count(1):
        servers = Servers(ROOT / ".data" / "test" / str(number), durable=False, may_create_databases=True)
        try:
            servers.lock.take()
        except EmbeddedError:
            continue
        return servers
    raise AssertionError("there is always another slot")


def _make_environment() -> Servers | None:
    """Names this run's servers in the environment, and nothing else; None in a parallel run's worker."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # its parent has done the rest
        os.environ["REDIS_URL"] = redis_database(os.environ["REDIS_URL"], 2 * int(worker.removeprefix("gw")))
        return None
    servers = _servers_of_a_free_slot()
    for name in variables():
        os.environ.pop(name, None)
    os.environ |= servers.environment() | {
        "DJANGO_SETTINGS_MODULE": "tracking.settings",
        "THROUGHLINE_DATA_DIR": str(servers.lock.folder),
        "DEMO": "true",
        "SITE_URL": "http://testserver",
    }
    return servers


# At import: the conftests below this one import models, and the settings read the environment when they are imported.
SERVERS = _make_environment()
django.setup()


def pytest_configure(config: pytest.Config) -> None:
    """A parallel run's servers start here, once for all workers; and they stop with the run."""
    if SERVERS is not None:
        config.add_cleanup(SERVERS.stop)
        if getattr(config.option, "numprocesses", None):
            SERVERS.start()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Starts the servers, unless every test chosen is pure."""
    are_pure = all(any(item.path.is_relative_to(pure) for pure in PURE) for item in session.items)
    if SERVERS is not None and not SERVERS.is_started and not are_pure:
        SERVERS.start()


@pytest.fixture
def shared_dir() -> Path:
    """Real carriers' answers and public data, outside the project; the test skips itself where they are absent."""
    folder = Path(os.environ.get("SHARED_DIR") or ROOT.parent / "shared")
    if not (folder / "payloads").is_dir():
        pytest.skip("the shared payloads are not here")
    return folder
