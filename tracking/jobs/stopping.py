"""Whether this process has been told to end: a task that works in rounds gives back what it has not begun.

Celery tells its main process only; the byte lies in memory that the main process shares with the workers it forked.
"""

from __future__ import annotations

import mmap

_told = mmap.mmap(-1, 1)


def stop(*_: object, **__: object) -> None:
    """Tells this process and those that it forked. May be called from a signal's handler."""
    _told[0] = 1


def resume(**_: object) -> None:
    """Takes it back: a process that begins."""
    _told[0] = 0


def is_told() -> bool:
    """Whether to begin nothing more."""
    return _told[0] == 1
