"""Sends wake-ups to workers. All work waits in PostgreSQL, so a wake-up may be lost, or come twice."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from kombu.exceptions import OperationalError

from tracking.jobs import stopping

logger = logging.getLogger(__name__)

READER_EVERY_S = 0.5
_woken: dict[str, float] = {}  # task -> machine's monotonic time
_Call = tuple[Any, tuple[Any, ...]]


class _Here:
    """Where this process does the work itself: the wake-ups of the round, the first one first."""

    calls: deque[_Call] | None = None
    is_looking = False


def wake_reader(task: Any) -> None:
    """Wakes whoever reads what waits, at most once in READER_EVERY_S from this process: a reader goes on until nothing
    is left, and a thousand messages a second need no thousand wake-ups. The ticker looks as well."""
    now = time.monotonic()
    if now - _woken.get(task.name, float("-inf")) >= READER_EVERY_S:
        _woken[task.name] = now
        wake(task)


def wake(task: Any, *args: object, **options: object) -> bool:
    """Sends a wake-up; False where the broker is away: the ticker finds the work later.

    `options` are Celery's for one message, such as `expires` (seconds).
    """
    if _Here.calls is not None:
        # A process that ends takes up nothing new, but gives back what the look has claimed.
        if (task, args) not in _Here.calls and (_Here.is_looking or not stopping.is_told()):
            _Here.calls.append((task, args))
        return True
    try:
        task.apply_async(args, retry=False, **options)
    except (OperationalError, OSError) as error:
        logger.warning("broker away, %s waits for the ticker: %s", task.name, type(error).__name__)
        return False
    return True


def is_here() -> bool:
    """Whether wake-ups are worked off in this very process, without a broker."""
    return _Here.calls is not None


def work_here(look: Callable[[], object]) -> int:
    """Has `look` wake whom it will, and does that work in this process, one after the other; how much was done.

    Work that asks to be woken again waits for the end of the line, so that a long one holds nobody up. A task that
    fails is logged, and the others go on.
    """
    _Here.calls, _Here.is_looking = deque(), True
    done = 0
    try:
        look()
        _Here.is_looking = False
        while _Here.calls:
            task, args = _Here.calls.popleft()
            try:
                task(*args)
            except Exception:  # whatever it is, the rest of the work goes on
                logger.exception("%s failed", task.name)
            done += 1
    finally:
        _Here.calls = None
    return done
