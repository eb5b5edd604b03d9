"""How many calls to one account are under way at once, learned from how it answers.

Additive increase, multiplicative decrease, as TCP does it: the window doubles per round until the first trouble, then
grows by one per round; a call that times out, is turned away or takes several times as long as the account's calls
take at their best halves it. Kept per process: two workers that share an account find the same carrier.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field

FIRST = 10.0
MOST = 100.0
# A call that takes so many times the best one (and so many seconds) means that the carrier has begun to queue us.
STRETCH = 4.0
STRETCH_LEAST_S = 0.5
# The calls of one window fail together: they halve it once.
CALM_S = 1.0
_BEST_FORGETS = 1.01  # per call: the best time of long ago is not held against a carrier for ever
_MOST_KEPT = 2_000


@dataclass(slots=True)
class Window:
    """One account's. `size` calls may be under way."""

    _size: float = FIRST
    _grows_fast_to: float = MOST
    _best_s: float = float("inf")
    _halved_at: float = field(default=float("-inf"))

    @property
    def size(self) -> int:
        """At least one."""
        return max(int(self._size), 1)

    def note(self, seconds: float, *, is_good: bool) -> None:
        """A call ended after `seconds`."""
        if not is_good:
            self._halve()
            return
        self._best_s = min(self._best_s * _BEST_FORGETS, seconds)
        if seconds > max(STRETCH_LEAST_S, STRETCH * self._best_s):
            self._halve()
        else:
            step = 1.0 if self._size < self._grows_fast_to else 1.0 / self._size
            self._size = min(self._size + step, MOST)

    def _halve(self) -> None:
        now = time.monotonic()
        if now - self._halved_at >= CALM_S:
            self._size = max(self._size / 2, 1.0)
            self._grows_fast_to = self._size
            self._halved_at = now


_windows: dict[Hashable, Window] = {}


def window(account: Hashable) -> Window:
    """This process's window of an account; remembered from task to task."""
    if account not in _windows and len(_windows) >= _MOST_KEPT:
        _windows.pop(next(iter(_windows)))
    return _windows.setdefault(account, Window(FIRST))


def forget() -> None:
    """Begins anew for all accounts."""
    _windows.clear()
