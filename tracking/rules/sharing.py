"""Who gets the calls of a budget that several merchants share: max-min fairness, and nothing is kept for nobody.

While calls are short, each of those who want more gets as much as everybody, and what one does not want flows to the
others: the water-filling of Bertsekas and Gallager (Data Networks, 6.5.2). What counts is what each had of the longest
limited window. Whoever asked lately and has had less than an even share keeps the rest of it for a while; this claim
melts with the time that he does not ask, and with the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor
from typing import TypedDict


class Sharer(TypedDict):
    """What one merchant had of a shared budget. Instants are seconds since 1970."""

    window: int  # number of the window in which `calls` were granted
    calls: int
    before: int  # in the window before it
    asked: float
    wants_until: float  # until then it waits for calls that it did not get


Sharers = dict[str, Sharer]


def had(sharer: Sharer, now_s: float, window_s: int) -> float:
    """Calls of the last `window_s` seconds: of this window all, of the one before the part that still counts."""
    number, part = divmod(now_s / window_s, 1.0)
    if sharer["window"] == number:
        return sharer["calls"] + sharer["before"] * (1 - part)
    return sharer["calls"] * (1 - part) if sharer["window"] == number - 1 else 0.0


def note(sharers: Sharers, name: str, calls: int, *, now_s: float, window_s: int, wants_until: float) -> None:
    """One asked, and got `calls`; whoever has not asked for two windows is forgotten."""
    number = floor(now_s / window_s)
    last = sharers.get(name)
    if last is None or last["window"] < number - 1:
        last = Sharer(window=number, calls=0, before=0, asked=now_s, wants_until=0)
    elif last["window"] == number - 1:
        last = Sharer(window=number, calls=0, before=last["calls"], asked=now_s, wants_until=0)
    sharers[name] = Sharer(
        window=number, calls=max(0, last["calls"] + calls), before=last["before"], asked=now_s, wants_until=wants_until
    )
    for other in [other for other, sharer in sharers.items() if now_s - sharer["asked"] > 2 * window_s]:
        del sharers[other]


def kept_for_others(
    name: str, sharers: Mapping[str, Sharer], limit: int, *, now_s: float, window_s: int, passed: float = 0.0
) -> int:
    """How many calls of a window of `limit` are kept for those who do not wait now, but asked lately; `passed`: how
    much of the window is over."""
    others = [sharer for other, sharer in sharers.items() if other != name]
    kept = 0
    for other in others:
        if other["wants_until"] <= now_s:
            claim = limit / (len(others) + 1) * min(1 - passed, 1 - (now_s - other["asked"]) / window_s)
            kept += floor(max(0.0, claim - had(other, now_s, window_s)))
    return kept


def share(name: str, sharers: Mapping[str, Sharer], left: int, *, now_s: float, window_s: int) -> int:
    """How many of the `left` calls this one may have now, beside those who wait for some too."""
    waiting = [
        had(sharer, now_s, window_s)
        for other, sharer in sharers.items()
        if other != name and sharer["wants_until"] > now_s
    ]
    mine = had(sharers[name], now_s, window_s) if name in sharers else 0.0
    return _poured(mine, waiting, left)


def _poured(mine: float, others: Sequence[float], left: int) -> int:
    """What the first gets where `left` is poured over vessels that are filled so far; a part of a call is a call."""
    if left <= 0:
        return 0
    filled = sorted([mine, *others])
    level = filled[0]
    for count, _ in enumerate(filled, start=1):
        level = (sum(filled[:count]) + left) / count
        if count == len(filled) or level <= filled[count]:
            break
    return min(left, max(0, ceil(level - mine - 1e-9)))
