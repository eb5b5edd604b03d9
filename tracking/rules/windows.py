"""How many calls a limit still allows, as strictly as any way in which the carrier may count.

A carrier counts in calendar windows or in sliding ones, and mostly does not say which. Whoever keeps a limit in *every*
stretch of its length keeps it in the calendar's as well, so we count sliding; only a day whose reset the carrier tells
is counted from reset to reset. A grant counts in a slot of its window and leaves with the slot's end, never earlier.

A call reaches the carrier later than it was granted, and by another clock. So a grant counts `margin_s` longer than the
window, and one within `margin_s` of a reset counts in both days; in return no call may begin later than `good_for_s`
after its grant. A token bucket was not taken: one that never allows more than its limit in any window allows half of it
in the long run.

`used` is {length: {slot: calls}}; slots are texts, so that it can be kept as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from zoneinfo import ZoneInfo

from carriers.facts import Limit, Per

Used = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """Of the windows of one length, in seconds."""

    slot_s: float
    margin_s: float


_SHAPES = {
    Per.SECOND: _Shape(slot_s=0.1, margin_s=0.5),
    Per.MINUTE: _Shape(slot_s=2, margin_s=5),
    Per.HOUR: _Shape(slot_s=60, margin_s=60),
    Per.DAY: _Shape(slot_s=900, margin_s=60),
}


def merged(sheet: Iterable[Limit], own: Iterable[Limit]) -> tuple[Limit, ...]:
    """The sheet's limits with the account's own in their places, the shortest first; without those that a shorter one
    implies, as 500 a second do two thousand million a day."""
    by_length = {limit.per: limit for limit in (*sheet, *own)}
    kept: list[Limit] = []
    for limit in sorted(by_length.values(), key=lambda limit: limit.per.seconds):
        implied = (shorter.calls * ceil(limit.per.seconds / shorter.per.seconds) for shorter in kept)
        if all(most > limit.calls for most in implied):
            kept.append(limit)
    return tuple(kept)


def good_for_s(limits: Iterable[Limit]) -> float:
    """How long after its grant a call may still begin; the rest of the margin is for its way."""
    return min((_SHAPES[limit.per].margin_s / 2 for limit in limits), default=float("inf"))


def counted(used: Mapping[str, Mapping[str, int]], limit: Limit, now: datetime) -> int:
    """The calls that count against the limit at this moment."""
    slots = used.get(limit.per, {})
    if limit.zone:
        return max(slots.get(slot, 0) for slot in _days(limit, now))
    return sum(calls for slot, calls in slots.items() if int(slot) in _counting(limit.per, now))


def spend(used: Used, limits: Iterable[Limit], now: datetime, calls: int) -> None:
    """Counts `calls` granted at `now`, and forgets what counts no more. Below 0: gives back what was granted then."""
    for limit in limits:
        slots = used.setdefault(limit.per, {})
        for slot in _days(limit, now) if limit.zone else {str(floor(now.timestamp() / _SHAPES[limit.per].slot_s))}:
            slots[slot] = max(0, slots.get(slot, 0) + calls)


def forget(used: Used, limits: Iterable[Limit], now: datetime) -> None:
    """Drops the slots that count no more, and the windows that have no limit any more."""
    by_length = {limit.per: limit for limit in limits}
    for per in list(used):
        limit = by_length.get(Per(per))
        if limit is None:
            del used[per]
            continue
        counting = set(map(int, _days(limit, now))) if limit.zone else _counting(limit.per, now)
        used[per] = {slot: calls for slot, calls in used[per].items() if int(slot) in counting and calls}


def free_in_s(used: Mapping[str, Mapping[str, int]], limit: Limit, now: datetime, most: int) -> float:
    """Seconds until fewer than `most` calls count against the limit; 0 where that is so now."""
    counts = counted(used, limit, now)
    if counts < most:
        return 0.0
    if limit.zone:
        return (resets_at(limit, now) - now).total_seconds()
    shape, counting = _SHAPES[limit.per], _counting(limit.per, now)
    for slot in sorted(int(slot) for slot in used.get(limit.per, {}) if int(slot) in counting):
        counts -= used[limit.per][str(slot)]
        if counts < most:
            return (slot + 1) * shape.slot_s + limit.per.seconds + shape.margin_s - now.timestamp()
    return float(limit.per.seconds)  # nothing is counted, and yet there is no room: a limit of nothing


def resets_at(limit: Limit, now: datetime) -> datetime:
    """When a calendar day's calls are all there again: the carrier's reset, and the margin after it."""
    margin = timedelta(seconds=_SHAPES[limit.per].margin_s)
    return _day_begins(limit, now - margin, days_on=1) + margin


def passed(limit: Limit, now: datetime) -> float:
    """0..1: how much of a calendar day is over; 0 for a window that slides, which never is."""
    if not limit.zone:
        return 0.0
    return min(1.0, (now - _day_begins(limit, now)).total_seconds() / limit.per.seconds)


def _counting(per: Per, now: datetime) -> range:
    """The slots that count: to the end of the window from now on, as another machine's clock may be ahead."""
    shape, now_s = _SHAPES[per], now.timestamp()
    return range(
        floor((now_s - per.seconds - shape.margin_s) / shape.slot_s), floor((now_s + per.seconds) / shape.slot_s)
    )


def _days(limit: Limit, now: datetime) -> set[str]:
    """The calendar days in which the carrier may count a call granted now, by the second they begin."""
    margin = timedelta(seconds=_SHAPES[limit.per].margin_s)
    return {str(int(_day_begins(limit, at).timestamp())) for at in (now - margin, now + margin)}


def _day_begins(limit: Limit, at: datetime, days_on: int = 0) -> datetime:
    """The last reset before `at`, or the one so many days later on the zone's clock; UTC."""
    zone = ZoneInfo(limit.zone)
    local = at.astimezone(zone)
    begin = datetime.combine(local.date(), limit.resets_at, zone)
    if begin.astimezone(UTC) > at:
        begin = datetime.combine(local.date() - timedelta(days=1), limit.resets_at, zone)
    return datetime.combine(begin.date() + timedelta(days=days_on), limit.resets_at, zone).astimezone(UTC)
