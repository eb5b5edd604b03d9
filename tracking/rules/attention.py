"""What needs somebody's eye, and why: late, held, failed, silent, unknown words, a carrier in trouble.

The norms of silence are first defaults, in hours without a physical scan per phase, wide enough that nine parcels in
ten stay within; they are to be learned per lane later. A failed call to a carrier is never silence of the parcel:
see `carrier_trouble`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from carriers.vocabulary import ActionBy, Phase, Status
from tracking.rules.timeline import Timeline


class Attention(StrEnum):
    """Why a shipment is in the list, the most urgent first."""

    ACTION_NEEDED = "action_needed"
    HELD = "held"
    FAILED = "failed"
    RETURNING = "returning"
    LATE = "late"
    SILENT = "silent"
    UNKNOWN_CODE = "unknown_code"
    CARRIER_TROUBLE = "carrier_trouble"


# Hours without a scan that are still usual. Air line-haul and customs are the silent stretches of a cross-border
# parcel.
SILENCE_NORM_H: dict[Phase | None, int] = {
    None: 72,
    Phase.SELLER: 96,
    Phase.FIRST_MILE: 72,
    Phase.EXPORT_CUSTOMS: 96,
    Phase.LINEHAUL: 192,
    Phase.TRANSIT_COUNTRY: 120,
    Phase.IMPORT_CUSTOMS: 120,
    Phase.LAST_MILE: 72,
    Phase.RETURN: 336,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long nothing was scanned, and what is usual on this stretch. `reached_at` is when it becomes unusual."""

    since: datetime
    hours: float
    norm_h: int
    reached_at: datetime

    @property
    def is_unusual(self) -> bool:
        """Longer than the norm."""
        return self.hours > self.norm_h


# While the carrier does not answer us: nobody can be heard, so nothing can be silent; look again when it may be over.
LOOK_WHILE_DEAF = timedelta(hours=1)


def silence(
    timeline: Timeline, registered_at: datetime, now: datetime, deaf_since: datetime | None = None
) -> Silence | None:
    """The silence since the last event, None once nothing more is expected.

    `deaf_since`: the carrier that has the parcel has not answered us from then on. The clock of silence stands still
    meanwhile; once it answers again, what it did not scan in that time was silence after all.
    """
    if timeline.status.is_final:
        return None
    since = timeline.last_event_at or registered_at
    norm_h = SILENCE_NORM_H[timeline.phase]
    if timeline.status is Status.AVAILABLE_FOR_PICKUP:
        norm_h = 240  # it waits for the buyer, usually a week or more
    listened_until = now if deaf_since is None else min(now, deaf_since)
    hours = max((listened_until - since) / timedelta(hours=1), 0.0)
    return Silence(since=since, hours=hours, norm_h=norm_h, reached_at=since + timedelta(hours=norm_h))


def is_late(
    promised_on: date | None, delivered_at: datetime | None, now: datetime, zone: str | None, *, is_final: bool
) -> bool:
    """True when the promised day, in the recipient's zone, has ended without (or before) delivery."""
    if promised_on is None or (is_final and delivered_at is None):
        return False
    moment = delivered_at or now
    return moment.astimezone(ZoneInfo(zone or "UTC")).date() > promised_on


def attention(
    timeline: Timeline,
    *,
    registered_at: datetime,
    promised_on: date | None,
    zone: str | None,
    has_carrier_trouble: bool,
    now: datetime,
    deaf_since: datetime | None = None,
) -> tuple[Attention, ...]:
    """Every reason to look at the shipment, the most urgent first; empty when all is well.

    `has_carrier_trouble`: the carrier fails us for this parcel alone. `deaf_since`: it fails us for all, as in
    `silence`; that is one incident, and no parcel's alarm.
    """
    found: list[Attention] = []
    if timeline.status is Status.EXCEPTION:
        by_people = timeline.reason is not None and timeline.reason.action_by in (ActionBy.BUYER, ActionBy.MERCHANT)
        found.append(Attention.ACTION_NEEDED if by_people else Attention.HELD)
    if timeline.status is Status.ATTEMPT_FAILED:
        found.append(Attention.FAILED)
    if timeline.status is Status.RETURNING:
        found.append(Attention.RETURNING)
    if is_late(promised_on, timeline.delivered_at, now, zone, is_final=timeline.status.is_final) and (
        timeline.delivered_at is None
    ):
        found.append(Attention.LATE)
    quiet = silence(timeline, registered_at, now, deaf_since)
    if quiet is not None and quiet.is_unusual and not has_carrier_trouble:
        found.append(Attention.SILENT)
    if timeline.unknown_codes and not timeline.status.is_final:
        found.append(Attention.UNKNOWN_CODE)
    if has_carrier_trouble and not timeline.status.is_final:
        found.append(Attention.CARRIER_TROUBLE)
    return tuple(sorted(found, key=list(Attention).index))


def next_look(
    timeline: Timeline,
    promised_on: date | None,
    registered_at: datetime,
    now: datetime,
    deaf_since: datetime | None = None,
) -> Sequence[datetime]:
    """The instants at which attention may change without any event: a silence that becomes unusual, a promise that
    passes."""
    moments = []
    quiet = silence(timeline, registered_at, now, deaf_since)
    if quiet is not None and deaf_since is not None and not quiet.is_unusual:
        moments.append(max(quiet.reached_at, now + LOOK_WHILE_DEAF))
    elif quiet is not None and quiet.reached_at > now:
        moments.append(quiet.reached_at)
    if promised_on is not None and not timeline.status.is_final:
        end = datetime.combine(promised_on + timedelta(days=1), datetime.min.time(), tzinfo=now.tzinfo)
        if end > now:
            moments.append(end)
    return moments
