"""The sandbox's time: the machine's, or a demo clock that starts elsewhere and runs faster."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(slots=True)
class Clock:
    """Demo seconds since 1970 = `demo_s` + (machine seconds - `real_s`) * `speed`. Speed 0 stands still."""

    real_s: float = 0.0
    demo_s: float = 0.0
    speed: float = 1.0

    @classmethod
    def of_environment(cls) -> Clock:
        """From DEMO_CLOCK="<real_epoch_s>:<demo_epoch_s>:<speed>", unset: the machine's time. Raises ValueError."""
        text = os.environ.get("DEMO_CLOCK")
        if not text:
            return cls()
        real, demo, speed = (float(part) for part in text.split(":"))
        return cls(real, demo, speed)

    def now(self) -> float:
        """Demo seconds since 1970."""
        return self.demo_s + (time.time() - self.real_s) * self.speed

    def set(self, now: datetime | None = None, speed: float | None = None) -> None:
        """Jumps to `now` (aware; None: stay) and runs at `speed` (None: as before) from there."""
        demo = self.now() if now is None else now.timestamp()
        self.real_s, self.demo_s = time.time(), demo
        if speed is not None:
            self.speed = speed

    def as_text(self) -> str:
        """In DEMO_CLOCK's form."""
        return f"{self.real_s!r}:{self.demo_s!r}:{self.speed!r}"

    def as_dict(self) -> dict[str, object]:
        """For the control API: `now` ISO 8601 UTC, `speed`."""
        return {"now": iso(self.now()), "speed": self.speed}


def iso(epoch_s: float) -> str:
    """ISO 8601, UTC, whole seconds."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="seconds")


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
