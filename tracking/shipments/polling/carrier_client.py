"""One event loop and one pool of connections per worker process: tokens and connections outlive a task.

The loop has a thread of its own, so that a worker records answers while the next ones are on their way.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from carriers.client import CarrierClient

# Calls under way at once in one process.
CONCURRENCY = 100

_Result = TypeVar("_Result")


class _Loop:
    lock = threading.Lock()
    loop: asyncio.AbstractEventLoop | None = None
    pid = 0  # a fork takes the loop along, but not its thread
    client: CarrierClient | None = None
    exits: AsyncExitStack = AsyncExitStack()  # holds the pool open; it closes with the process


async def client() -> CarrierClient:
    """The process's client; only on its loop."""
    if _Loop.client is None:
        _Loop.client = await _Loop.exits.enter_async_context(CarrierClient.connect(limit=CONCURRENCY))
    return _Loop.client


def begin(asking: Coroutine[Any, Any, _Result]) -> Future[_Result]:
    """Runs the coroutine on the process's loop, beside the caller."""
    return asyncio.run_coroutine_threadsafe(asking, loop())


def run(asking: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs the coroutine on the process's loop, and waits for its result."""
    return begin(asking).result()


def loop() -> asyncio.AbstractEventLoop:
    """The process's loop, running."""
    with _Loop.lock:
        if _Loop.loop is None or _Loop.pid != os.getpid():
            _Loop.loop, _Loop.pid, _Loop.client = asyncio.new_event_loop(), os.getpid(), None
            threading.Thread(target=_Loop.loop.run_forever, name="carriers", daemon=True).start()
        return _Loop.loop
