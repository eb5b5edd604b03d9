"""What an account is allowed: its fact sheet's limits, its own in their places, and what 429s have taught."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import available_timezones

from django.utils import timezone

from carriers import registry
from carriers.facts import Limit, Per
from tracking.rules import windows
from tracking.shipments.errors import Invalid
from tracking.shipments.models import CarrierAccount

MOST_CALLS = 2_000_000_000
# What was learned grows again by so much of the limit a day, by at least one call; where no limit is known, it is
# forgotten after so long.
REGAINED_A_DAY = 0.05
FORGOTTEN_AFTER_DAYS = 30


def limits_of(account: CarrierAccount, now: datetime | None = None) -> tuple[Limit, ...]:
    """The limits that hold at this moment (machine time), the shortest window first; () where none is known."""
    base = {limit.per: limit for limit in allowed(account)}
    now = now or timezone.now()
    for name, lesson in account.learned_limits.items():
        per = Per(name)
        calls = _regained(lesson, base.get(per), now)
        if calls is not None:
            base[per] = Limit(
                calls=calls,
                per=per,
                zone=base[per].zone if per in base else "",
                resets_at=base[per].resets_at if per in base else time(0, 0),
            )
    return windows.merged(base.values(), ())


def allowed(account: CarrierAccount) -> tuple[Limit, ...]:
    """The same without what was learned."""
    api = registry.sheet(account.carrier).api
    return windows.merged(api.limits if api else (), own_limits(account))


def own_limits(account: CarrierAccount) -> tuple[Limit, ...]:
    """Those that stand in the account, in the places of its sheet's."""
    return tuple(_limit(row) for row in account.limits)


def _regained(lesson: dict[str, Any], base: Limit | None, now: datetime) -> int | None:
    """What is allowed after a lesson of some days ago; None where it holds no longer."""
    days = max(0.0, (now - datetime.fromisoformat(lesson["at"])).total_seconds() / 86_400)
    step = max(1.0, REGAINED_A_DAY * (base.calls if base else lesson["calls"]))
    calls = int(lesson["calls"] + days * step)
    if base is not None:
        return calls if calls < base.calls else None
    return calls if days < FORGOTTEN_AFTER_DAYS else None


def as_rows(limits: Iterable[Limit]) -> list[dict[str, int | str]]:
    """As an account keeps them: {"calls": 250, "per": "day", "zone": "UTC", "resets_at": "00:00"}, the last two where
    they are known."""
    return [
        {"calls": limit.calls, "per": limit.per.value}
        | ({"zone": limit.zone, "resets_at": f"{limit.resets_at:%H:%M}"} if limit.zone else {})
        for limit in limits
    ]


def read_limits(rows: Sequence[Limit | dict[str, Any]]) -> tuple[Limit, ...]:
    """Limits as somebody tells them, checked. Raises Invalid, which names the row and the cure."""
    limits = [row if isinstance(row, Limit) else _told_limit(index, row) for index, row in enumerate(rows)]
    if len({limit.per for limit in limits}) < len(limits):
        raise Invalid("limits", "two of the same length", "Give one per second, minute, hour and day at the most.")
    return tuple(sorted(limits, key=lambda limit: limit.per.seconds))


def _told_limit(index: int, row: dict[str, Any]) -> Limit:
    where, calls, zone = f"limits.{index}", row.get("calls"), row.get("zone") or ""
    if not isinstance(calls, int) or isinstance(calls, bool) or not 1 <= calls <= MOST_CALLS:
        raise Invalid(f"{where}.calls", f"{calls!r} is no number of calls", f"Give 1 to {MOST_CALLS:,}.")
    if row.get("per") not in set(Per):
        raise Invalid(f"{where}.per", f"{row.get('per')!r} is no window", f"Choose {', '.join(Per)}.")
    if zone and (zone not in available_timezones() or row["per"] != Per.DAY):
        raise Invalid(f"{where}.zone", f"{zone!r} cannot be used", "Name the IANA zone in which a day's calls reset.")
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", row.get("resets_at") or "00:00"):
        raise Invalid(f"{where}.resets_at", f"{row['resets_at']!r} is no time of day", "Write it as 00:00.")
    return _limit(row)


def _limit(row: dict[str, Any]) -> Limit:
    return Limit(
        calls=row["calls"],
        per=Per(row["per"]),
        zone=row.get("zone") or "",
        resets_at=time.fromisoformat(row.get("resets_at") or "00:00"),
    )


def calls_a_day(account: CarrierAccount) -> float | None:
    """Calls a machine day that the account may count on, of those that share its key an even part; None: no limit."""
    limits = limits_of(account)
    if not limits:
        return None
    sharing = CarrierAccount.objects.filter(budget_key=account.budget_key, state=CarrierAccount.State.ACTIVE).exclude(
        budget_key=""
    )
    return min(limit.calls * 86_400 / limit.per.seconds for limit in limits) / max(1, sharing.count())


def lesson(limits: Sequence[Limit], used: windows.Used, *, accepted: int, refused: int, after_s: float | None,
           now: datetime) -> tuple[Per, dict[str, object]]:  # fmt: skip
    """What a 429 teaches although we kept the limits: the window it speaks of, and what may be asked for in it.

    The window is the shortest that lasts as long as the carrier wants us to wait, else the fullest. It is halved at the
    most: others may have used the key too, and a carrier may refuse a call for reasons of a moment.
    """
    per = _blamed(limits, used, after_s, now)
    limit = next((limit for limit in limits if limit.per is per), None)
    if limit is None:
        calls = max(LEAST_UNCOUNTED, accepted)
    else:
        accepted = max(1, windows.counted(used, limit, now) - refused)
        calls = max(1, min(limit.calls - 1, max(accepted, limit.calls // 2)))
    return per, {"calls": calls, "at": now.isoformat(), "accepted": accepted, "limit": limit.calls if limit else None}


# Where no window was counted, we know what one task was granted, and not what others were.
LEAST_UNCOUNTED = 10


def _blamed(limits: Sequence[Limit], used: windows.Used, after_s: float | None, now: datetime) -> Per:
    if after_s is not None:
        return next((per for per in Per if per.seconds >= after_s), Per.DAY)
    fullest = max(limits, key=lambda limit: windows.counted(used, limit, now) / limit.calls, default=None)
    return fullest.per if fullest else Per.MINUTE
