"""What a call says of the account it was made with, whatever it says of the parcels."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from carriers.client import Outcome
from carriers.errors import AccountRefused, BadAnswer, CarrierError, Refused, TryLater

# Of the last so many calls, this share failed: the carrier is down, although a few answers come through.
WINDOW = 20
TROUBLE_SHARE = 0.7


class Health(Enum):
    """GOOD: the carrier told something of at least one number, if only that it does not know it. BUSY: it asks us to
    wait (429), which is no trouble. FAILED: it is down, does not answer, or answers what nobody can read. REFUSED: it
    takes no question from this account."""

    GOOD = auto()
    BUSY = auto()
    FAILED = auto()
    REFUSED = auto()


def health_of(outcomes: Sequence[Outcome]) -> Health:
    """Of one call: the best that it says of any of its numbers."""
    return min((_health(outcome) for outcome in outcomes), key=lambda health: health.value, default=Health.FAILED)


def _health(outcome: Outcome) -> Health:
    failure = outcome.result.failure if outcome.result is not None else None
    if isinstance(failure, TryLater):
        return Health.BUSY if outcome.http_status == 429 else Health.FAILED
    if isinstance(failure, BadAnswer):
        return Health.FAILED
    if isinstance(failure, Refused) and (isinstance(failure, AccountRefused) or outcome.http_status in (0, 401, 403)):
        return Health.REFUSED
    return Health.GOOD


@dataclass(slots=True, kw_only=True)
class Seen:
    """What a task's calls, in the order in which they ended, say of the account."""

    good: int = 0
    busy: int = 0
    failed: int = 0
    refused: int = 0
    unreadable: int = 0  # of the failed: the carrier did answer
    is_down: bool = False  # the carrier failed most of the last calls
    is_stalled: bool = False  # nothing was heard for longer than a fast carrier takes
    failure: CarrierError | None = None  # the last one that says something of the account
    after_s: float | None = None  # the longest wait that the carrier asked for
    call_s: float | None = None  # what the good calls took on average
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def note(self, health: Health, outcomes: Sequence[Outcome], seconds: float) -> None:
        """One more call ended, after `seconds`."""
        if health is Health.GOOD:
            self.good += 1
            self.call_s = seconds if self.call_s is None else self.call_s + (seconds - self.call_s) / self.good
        elif health is Health.BUSY:
            self.busy += 1
        elif health is Health.FAILED:
            self.failed += 1
            self.unreadable += any(
                outcome.result is not None and isinstance(outcome.result.failure, BadAnswer) for outcome in outcomes
            )
        else:
            self.refused += 1
        self._recent.append(health is Health.FAILED)
        self.is_down |= len(self._recent) == WINDOW and sum(self._recent) >= TROUBLE_SHARE * WINDOW
        failures = [outcome.result.failure for outcome in outcomes if outcome.result is not None]
        if health is not Health.GOOD:
            self.failure = next((failure for failure in failures if failure is not None), self.failure)
        for failure in failures:
            if isinstance(failure, TryLater) and failure.after_s is not None:
                self.after_s = max(self.after_s or 0.0, failure.after_s)

    @property
    def is_refused(self) -> bool:
        """No number got an answer, and every call was refused."""
        return self.refused > 0 and not self.good and not self.failed
