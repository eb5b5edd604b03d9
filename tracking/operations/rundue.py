"""The whole platform's background work in one process: for a small site, and for the day on which Redis is gone.

It is the ticker with its wake-ups worked off on the spot, and the dispatcher in a thread. Claims and leases are the
same as those of ticker, workers and dispatchers, so it may run beside them.
"""

from __future__ import annotations

import asyncio
import logging
import threading

from django.db import DatabaseError, InterfaceError, close_old_connections
from redis.exceptions import RedisError

from tracking.jobs import counters, heartbeats, stopping, waking
from tracking.notify.dispatch import Dispatcher
from tracking.shipments import ticker

logger = logging.getLogger(__name__)

_ENDS_WITHIN_S = 20.0  # longer than a receiver may take


def once() -> int:
    """Does what is due now but for sending; how many pieces of work that was: batches of legs, a look at the pushes, a
    daily job."""
    heartbeats.beat("rundue")
    done = waking.work_here(ticker.tick)
    counters.flush()
    return done


def run(until: threading.Event, period_s: float = 1.0) -> None:
    """Does what is due, and sends, until `until` is set; without a pause while there is work."""
    sending, rounds = Sending(), 0
    sending.start()
    while not until.is_set():
        if not sending.is_alive():
            sending = Sending()
            sending.start()
        done = _round(is_first=rounds == 0)
        rounds = (rounds + 1) % ticker.FORGET_EVERY
        if not done:
            until.wait(period_s)
    sending.end()


def stop(until: threading.Event) -> None:
    """Ends `run` soon: what is claimed and not begun is given back. May be called from a signal's handler."""
    stopping.stop()
    until.set()


def _round(*, is_first: bool) -> int:
    try:
        if is_first:
            ticker.forget_old()
            heartbeats.trim()
        return once()
    except (DatabaseError, InterfaceError, RedisError, OSError):
        logger.exception("a round failed")
        return 0
    finally:
        close_old_connections()


class Sending(threading.Thread):
    """The dispatcher, with an event loop and a connection of its own."""

    def __init__(self) -> None:
        super().__init__(name="dispatcher", daemon=True)
        self._begun = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._dispatcher: Dispatcher

    def run(self) -> None:
        try:
            asyncio.run(self._dispatch())
        except Exception:  # another one is begun
            logger.exception("the dispatcher died")
        finally:
            self._begun.set()

    async def _dispatch(self) -> None:
        self._loop, self._dispatcher = asyncio.get_running_loop(), Dispatcher()
        self._begun.set()
        await self._dispatcher.run()

    def end(self) -> None:
        """Has it finish what is on its way."""
        self._begun.wait()
        if self.is_alive():
            self._loop.call_soon_threadsafe(self._dispatcher.stop)
            self.join(_ENDS_WITHIN_S)
