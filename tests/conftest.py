"""Every test runs on a real PostgreSQL and a real Redis: embedded ones, or those of DATABASE_URL and REDIS_URL.

Each run takes a slot of .data/test of its own, so that several may go on at the same time; a slot's servers keep their
files, and the next run starts in a fraction of a second. In a parallel run (`-n 2`) each worker has its own databases.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest

from tracking.embedded import EmbeddedError, Servers
from tracking.env import variables
from tracking.env_values import redis_database

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
# Quiet, and it asks nobody but our own pages.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
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
    if "tracking.settings" in sys.modules:
        raise pytest.UsageError("unset DJANGO_SETTINGS_MODULE: the tests name it themselves, once they have servers")
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser come last: Playwright's event loop stays in this thread, where asyncio.run wants none."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


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


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium: the one on PATH. Without one its tests are skipped, and in CI they fail."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if program is None:
        told = "no Chromium on PATH; on Debian: apt-get install chromium"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(told)
        pytest.skip(told)
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, in which Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page with nothing stored."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
