"""The dispatcher: turns news into deliveries and sends what is due. Any number of them do no harm; none needs Redis.

Sending is asynchronous; the database is asked by one thread, a turn at a time: what was sent is recorded, news fanned
out, and as much claimed as there is room for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections

from tracking.jobs import heartbeats
from tracking.notify.endpoints import guard
from tracking.notify.fan_out import BATCH, fan_out
from tracking.notify.outbox import MOST_PER_CLAIM, Message, claim, hold_disabled
from tracking.notify.recording import record
from tracking.notify.sending import TIMEOUT_S, Sender, Sent

logger = logging.getLogger(__name__)

MOST_IN_FLIGHT = 256
IDLE_S = 0.25  # between two looks when there is nothing to do
_AFTER_FAILURE_S = 1.0  # the database is away


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`has_more` is true where another look at once would find something."""

    messages: Sequence[Message]
    has_more: bool


def take_turn(sent: Sequence[Sent], room: int) -> Turn:
    """Records, fans out, and claims at most `room` messages. Raises DatabaseError with nothing lost."""
    if sent and (fenced := record(sent)):
        logger.warning("%d messages took longer than their lease; another dispatcher sends them again", fenced)
    heartbeats.beat("dispatcher")
    held = hold_disabled()
    changes = fan_out()
    messages = claim(min(room, MOST_PER_CLAIM)) if room > 0 else []
    return Turn(messages=messages, has_more=changes == BATCH or bool(held) or bool(messages))


class Dispatcher:
    """Runs until told to stop; then it begins nothing more, and waits for what is on its way."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._news = asyncio.Event()  # something was sent, or it is time to stop
        self._sent: list[Sent] = []
        self._on_their_way: set[asyncio.Task[None]] = set()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")

    def stop(self) -> None:
        """To be called in the loop's thread."""
        self._stop.set()
        self._news.set()

    async def run(self) -> None:
        """Dispatches. Whatever the database does, nothing that was sent goes unrecorded while this runs."""
        try:
            async with Sender.connect(guard(), proxy=settings.WEBHOOK_PROXY, limit=MOST_IN_FLIGHT) as sender:
                while not self._stop.is_set():
                    await self._wait(await self._turn(sender))
                await self._finish(sender)
        finally:
            self._thread.submit(connections.close_all).result()
            self._thread.shutdown()

    async def _turn(self, sender: Sender) -> float:
        """One turn; how long to wait for the next, unless something comes back sooner."""
        room = 0 if self._stop.is_set() else MOST_IN_FLIGHT - len(self._on_their_way)
        sent, self._sent = self._sent, []
        self._news.clear()
        try:
            turn = await asyncio.get_running_loop().run_in_executor(self._thread, take_turn, sent, room)
        except (DatabaseError, InterfaceError):
            logger.exception("a turn failed")
            self._sent = sent + self._sent
            await asyncio.get_running_loop().run_in_executor(self._thread, close_old_connections)
            await asyncio.sleep(_AFTER_FAILURE_S)
            return 0.0
        for message in turn.messages:
            task = asyncio.create_task(self._send(sender, message))
            self._on_their_way.add(task)
            task.add_done_callback(self._on_their_way.discard)
        return 0.0 if turn.has_more else IDLE_S

    async def _send(self, sender: Sender, message: Message) -> None:
        sent = await sender.send(message)  # first: by the time it is back, the list is another one
        self._sent.append(sent)
        self._news.set()

    async def _wait(self, at_most_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), at_most_s)

    async def _finish(self, sender: Sender) -> None:
        """Waits for what is on its way, and records it."""
        if self._on_their_way:
            await asyncio.wait(self._on_their_way, timeout=TIMEOUT_S + 1)
        if self._sent:
            await self._turn(sender)
