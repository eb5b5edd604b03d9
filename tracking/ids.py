"""Time-ordered ids: UUID version 7 (RFC 9562, 5.7), so that rows of one time lie together and tables can be cut by
time later."""

from __future__ import annotations

import os
import time
from datetime import datetime
from uuid import UUID


def first_of(moment: datetime) -> UUID:
    """Not greater than any id made at this instant or later; greater than most made before."""
    return UUID(int=max(int(moment.timestamp() * 1000), 0) << 80)


def uuid7() -> UUID:
    """A fresh id: 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)
