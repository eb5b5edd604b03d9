"""Sends wake-ups to workers. All work waits in PostgreSQL, so a wake-up may be lost, or come twice."""

from __future__ import annotations

import logging
from typing import Any

from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task: Any, *args: object) -> bool:
    """Sends a wake-up; False where the broker is away: the ticker finds the work later."""
    try:
        task.apply_async(args, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("broker away, %s waits for the ticker: %s", task.name, type(error).__name__)
        return False
    return True
