"""One parcel's true story, and every way to tell it: in any order, in parts, twice, late, by poll and by push.

The story is drawn by hypothesis: scans of three carriers around the two nights on which clocks change, some with the
carrier's offset, some with a wall clock alone, some with a day alone or no time at all; carriers whose clocks are wrong
by up to two days, who contradict each other, deliver and take it back, tell of the future, and say a thing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from carriers.events import Place, TimePrecision, TrackingEvent, TrackingResult
from carriers.times import event_time
from carriers.vocabulary import EventCode, Reason
from tracking.rules.facts import Channel
from tracking.shipments.models import Leg, Shipment, StatusChange
from tracking.shipments.recording.answers import Told
from tracking.shipments.recording.reading import that_count, timeline_of

CARRIERS = ("yunexpress", "dhl_unified", "royalmail")
# Half an hour after each beginning, Europe's clocks jump: back, and forward.
NIGHTS = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
PLACES = {
    "CN": ("Shenzhen", ZoneInfo("Asia/Shanghai")),
    "BE": ("Liège", ZoneInfo("Europe/Brussels")),
    "DE": ("Berlin", ZoneInfo("Europe/Berlin")),
    "US": ("Newark", ZoneInfo("America/New_York")),
}


class Scan(NamedTuple):
    """What happened, and how its carrier prints it. `at` counts half hours from the night; `skew` is the carrier's."""

    code: EventCode
    at: int
    country: str
    printed: str  # offset, zone, bare, day, none
    reason: Reason | None
    is_correction: bool
    has_id: bool

    def event(self, night: datetime, skew_h: int, sequence: int) -> TrackingEvent:
        """As the carrier tells it, in a list where it is the `sequence`th."""
        city, zone = PLACES[self.country]
        moment = (night + timedelta(hours=skew_h) + timedelta(minutes=30) * self.at).astimezone(zone)
        local = None if self.printed == "none" else moment if self.printed == "offset" else moment.replace(tzinfo=None)
        by_day = self.printed == "day"
        raw = "" if local is None else local.date().isoformat() if by_day else local.isoformat()
        known_zone = None if self.printed == "bare" else zone.key
        place = Place(text=city, country=self.country, city=city, zone=known_zone)
        precision = TimePrecision.DAY if by_day else TimePrecision.SECOND
        return TrackingEvent(
            code=self.code,
            reason=self.reason,
            time=event_time(raw, local, place=place, precision=precision),
            place=place,
            raw_code=self.code.value,
            raw_text=self.code.label,
            native_id=f"{self.code}/{self.at}/{self.country}/{self.printed}" if self.has_id else None,
            is_correction=self.is_correction,
            sequence=sequence,
        )


class Part(NamedTuple):
    """One answer or push message: of which leg, and which of its scans, a bit each."""

    leg: int
    bits: int
    channel: Channel


class Story(NamedTuple):
    """What happened to a parcel: each leg's scans in the order of its carrier's list, and by how much its clock is
    wrong."""

    night: datetime
    origin: str
    legs: tuple[tuple[Scan, ...], ...]
    skews_h: tuple[int, ...]

    def told(self, part: Part, legs: Sequence[Leg]) -> Told:
        """The answer that tells this part."""
        leg, skew_h = legs[part.leg], self.skews_h[part.leg]
        whole = [scan.event(self.night, skew_h, 0) for scan in self.legs[part.leg]]
        chosen = {place for place in range(len(whole)) if part.bits >> place & 1}
        # Of scans that are told alike a list has the first ones: nothing tells which of them another would be.
        marks = [(event.native_id, event.time.raw, event.raw_code) for event in whole]
        chosen |= {before for place in tuple(chosen) for before in range(place) if marks[before] == marks[place]}
        scans = [self.legs[part.leg][place] for place in sorted(chosen)]
        events = tuple(scan.event(self.night, skew_h, sequence) for sequence, scan in enumerate(scans))
        result = TrackingResult(number=leg.number, events=events)
        return Told(leg_id=leg.id, channel=part.channel, received_at=self.night, result=result)

    def whole(self) -> list[Part]:
        """Every carrier's whole list, the first carrier's first."""
        return [Part(place, (1 << len(scans)) - 1, Channel.POLL) for place, scans in enumerate(self.legs)]


_ENDS = (
    EventCode.LAST_MILE_DELIVERED, EventCode.LAST_MILE_DELIVERED_SIGNED, EventCode.LAST_MILE_DELIVERED_NEIGHBOUR,
    EventCode.RETURN_STARTED, EventCode.RETURN_COMPLETED, EventCode.SELLER_CANCELLED, EventCode.ANY_LOST,
    EventCode.LAST_MILE_OUT_FOR_DELIVERY, EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT,
)  # fmt: skip
_SCANS = st.builds(
    Scan,
    code=st.sampled_from(list(EventCode)) | st.sampled_from(_ENDS),
    at=st.integers(-6, 6) | st.integers(-200, 400) | st.just(24 * 2 * 200),  # the last one lies in the future
    country=st.sampled_from(list(PLACES)),
    printed=st.sampled_from(["offset", "offset", "zone", "zone", "bare", "day", "none"]),
    reason=st.sampled_from([None, None, Reason.CUSTOMS_INVOICE_MISSING, *list(Reason)[:3]]),
    is_correction=st.sampled_from([False] * 7 + [True]),
    has_id=st.booleans(),
)


@st.composite
def _legs(draw: st.DrawFn) -> tuple[Scan, ...]:
    scans = draw(st.lists(_SCANS, min_size=0, max_size=6))
    if scans and draw(st.integers(0, 3)) == 0:
        scans.append(draw(st.sampled_from(scans)))  # told twice in one list means twice
    if draw(st.booleans()):
        scans.sort(key=lambda scan: scan.at)
    return tuple(scan for place, scan in enumerate(scans) if not scan.has_id or scan not in scans[:place])


STORIES = st.builds(
    Story,
    night=st.sampled_from(NIGHTS),
    origin=st.sampled_from(["CN", ""]),
    legs=st.tuples(*[_legs()] * len(CARRIERS)),
    skews_h=st.tuples(*[st.sampled_from([0, 0, 0, 1, -1, 48, -48])] * len(CARRIERS)),
)
PARTS = st.lists(
    st.builds(
        Part,
        leg=st.integers(0, len(CARRIERS) - 1),
        bits=st.integers(0, 127),
        channel=st.sampled_from([Channel.POLL, Channel.POLL, Channel.PUSH]),
    ),
    min_size=4,
    max_size=24,
)

_OUTCOME = (
    "status", "phase", "event_code", "reason", "last_event_at", "last_event_code", "last_event_place",
    "last_event_zone", "delivered_at", "holder", "holder_leg", "milestones", "origin_country",
)  # fmt: skip
Outcome = dict[str, Any]


def outcome(shipment: Shipment) -> Outcome:
    """What readers are told of the shipment, but for what follows from the hour of the day."""
    return {name: getattr(shipment, name) for name in _OUTCOME}


def entries(shipment: Shipment, legs: Sequence[Leg], facts: Any) -> list[tuple[Any, ...]]:
    """The timeline, entry by entry, with who told each."""
    timeline = timeline_of(shipment, legs, that_count(shipment, legs, facts))
    return [
        (entry.at, entry.code, entry.reason, entry.status, entry.phase, [fact.identity for fact in entry.facts])
        for entry in timeline.entries
    ]


def check_changes(changes: Sequence[StatusChange], shipment: Shipment) -> None:
    """Each change leads from what was told last to something else, numbered one by one, and the last one is true."""
    last = ("pending", "", "", "")
    version = 0
    for number, change in enumerate(changes, start=1):
        told = (change.status, change.phase, change.event_code, change.reason)
        assert change.old_status == last[0]
        assert told != last, "told twice"
        assert (change.number, change.sequence > version) == (number, True)
        last, version = told, change.sequence
    assert last == (shipment.status, shipment.phase, shipment.event_code, shipment.reason), "the last told is not true"


def ids(count: int) -> list[UUID]:
    """So many ids that are the same in every run."""
    return [UUID(int=number + 1) for number in range(count)]
