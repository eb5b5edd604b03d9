"""One event loop and one pool of connections per worker process: tokens and connections outlive a task."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from carriers.client import CarrierClient

# Calls under way at once in one process.
CONCURRENCY = 100

_Result = TypeVar("_Result")


class _Loop:
    runner: asyncio.Runner | None = None
    client: CarrierClient | None = None
    exits: AsyncExitStack = AsyncExitStack()  # holds the pool open; it closes with the process


async def client() -> CarrierClient:
    """The process's client; only inside `run`."""
    if _Loop.client is None:
        _Loop.client = await _Loop.exits.enter_async_context(CarrierClient.connect(limit=CONCURRENCY))
    return _Loop.client


def run(asking: Coroutine[Any, Any, _Result]) -> _Result:
    """Runs the coroutine on the process's loop."""
    if _Loop.runner is None:
        _Loop.runner = asyncio.Runner()
    return _Loop.runner.run(asking)
