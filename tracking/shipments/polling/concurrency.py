"""How many calls to one account are under way at once, learned from how it answers.

Additive increase, multiplicative decrease, as TCP does it: the window doubles per round until the first trouble, then
grows by one per round; a call that times out or is turned away halves it, and so do calls that take several times
as long as the account's calls take at their best. Kept per process: two workers that share an account find the same
carrier.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field

FIRST = 10.0
MOST = 100.0
# Calls that lately took so many times the best one, and so many seconds, mean that the carrier has begun to queue us;
# less is as likely this machine's own load. For slowness alone the window becomes no smaller than SLOW_LEAST.
STRETCH = 4.0
STRETCH_LEAST_S = 2.0
SLOW_LEAST = 8.0
_LATELY = 1 / 8  # the weight of the newest call
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
    _lately_s: float = 0.0
    _halved_at: float = field(default=float("-inf"))

    @property
    def size(self) -> int:
        """At least one."""
        return max(int(self._size), 1)

    def note(self, seconds: float, *, is_good: bool) -> None:
        """A call ended after `seconds`."""
        if not is_good:
            self._halve(seconds, least=1.0)
            return
        self._lately_s += _LATELY * (seconds - self._lately_s)
        self._best_s = min(self._best_s * _BEST_FORGETS, seconds)
        if self._lately_s > max(STRETCH_LEAST_S, STRETCH * self._best_s):
            self._halve(seconds, least=min(self._size, SLOW_LEAST))
        else:
            step = 1.0 if self._size < self._grows_fast_to else 1.0 / self._size
            self._size = min(self._size + step, MOST)

    def _halve(self, seconds: float, *, least: float) -> None:
        now = time.monotonic()
        if now - self._halved_at >= max(CALM_S, seconds):  # a call that began before says nothing of the smaller one
            self._size = max(self._size / 2, least)
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
