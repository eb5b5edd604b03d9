"""The inner timeline: every entry under the leg that told it, the newest first, with its source and its proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carriers.events import TimePrecision, TimeSource
from tracking.portal import dates, wording
from tracking.portal.buyer.legs import GAP, local_time, script_of
from tracking.portal.buyer.words import leg_name, place_of
from tracking.portal.console import words
from tracking.rules.attention import SILENCE_NORM_H
from tracking.rules.facts import Channel, EventFact
from tracking.rules.milestones import milestone_of
from tracking.rules.timeline import Entry
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Event, Leg
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """When a report reached us, and the raw answer it was read from."""

    received_at: datetime
    raw_answer: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One carrier's report of an event: its own words and code, how it came, how long after."""

    source: str
    delay: str
    code: str
    text: str
    language: str
    raw_answer: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the log. `kind`: leg, event, gap, hand or none."""

    kind: str
    text: str
    meta: str = ""
    number: str = ""
    icon: str = ""
    time: str = ""
    day: str = ""
    clock: str = ""
    instant: str = ""
    place: str = ""
    code: str = ""
    reason: str = ""
    is_key: bool = False
    is_here: bool = False
    is_live: bool = False
    is_unknown: bool = False
    reports: tuple[Report, ...] = ()


def receipts(journey: Journey) -> dict[str, Receipt]:
    """By the event's identity; one query."""
    rows = Event.objects.filter(shipment_id=journey.shipment.pk).values_list("identity", "received_at", "raw_answer")
    return {identity: Receipt(received_at=at, raw_answer=raw) for identity, at, raw in rows}


def log(journey: Journey) -> tuple[Item, ...]:
    """The whole journey; the leg that has the parcel is live."""
    found = receipts(journey)
    items: list[Item] = []
    for index in range(len(journey.legs) - 1, -1, -1):
        leg = journey.legs[index]
        mine = [entry for entry in reversed(journey.timeline.entries) if entry.lead.leg_id == leg.id]
        is_live = leg.id == journey.timeline.holder_leg
        items.append(_head(leg, index, len(mine), is_live=is_live))
        items.extend(_leg_items(journey, leg, mine, found, is_live=is_live))
        if index:
            items.append(_handover(journey, leg, journey.handed_by(leg) or journey.legs[index - 1], mine))
    return tuple(items)


def _head(leg: Leg, index: int, events: int, *, is_live: bool) -> Item:
    told = ngettext("{n} event", "{n} events", events).format(n=events)
    parts = [_("Leg {n}").format(n=index + 1), _(words.ROLES[leg.role]), told]
    if is_live:
        parts.insert(1, _("has the parcel"))
    return Item(
        kind="leg",
        text=leg_name(leg),
        number=leg.number,
        meta=" · ".join(parts),
        icon=ICONS.get(leg.role, "truck"),
        is_live=is_live,
    )


ICONS = {"first_mile": "box", "linehaul": "plane", "last_mile": "truck", "return": "back", "door_to_door": "truck"}


def _leg_items(
    journey: Journey, leg: Leg, entries: Sequence[Entry], found: Mapping[str, Receipt], *, is_live: bool
) -> Iterator[Item]:
    if not entries:
        yield Item(kind="none", text=_("No scan by {carrier} yet").format(carrier=leg_name(leg)), is_live=is_live)
        return
    newest = journey.timeline.entries[-1]
    if entries[0] is newest and not journey.timeline.status.is_final:
        yield from _gap(newest, journey.now, is_open=True, is_live=is_live)
    later: datetime | None = None
    for entry in entries:
        if later is not None:
            yield from _gap(entry, later, is_open=False, is_live=is_live)
        yield _event(journey, entry, found, is_here=entry is newest, is_live=is_live)
        later = entry.lead.occurred_at or later


def _gap(entry: Entry, later: datetime, *, is_open: bool, is_live: bool) -> Iterator[Item]:
    earlier = entry.lead.occurred_at
    if earlier is None or later - earlier < GAP:
        return
    length, norm = dates.span(later - earlier), dates.span(timedelta(hours=SILENCE_NORM_H[entry.phase]))
    message = (
        _("{length} without a scan so far, usual up to {norm}")
        if is_open
        else _("{length} without a scan, usual up to {norm}")
    )
    yield Item(kind="gap", text=message.format(length=length, norm=norm), is_live=is_live)


def _event(journey: Journey, entry: Entry, found: Mapping[str, Receipt], *, is_here: bool, is_live: bool) -> Item:
    lead = entry.lead
    local = local_time(lead)
    has_time = local is not None and lead.precision is not TimePrecision.DAY
    return Item(
        kind="event",
        text=wording.label(entry.code),
        time=dates.clock_time(local) if local and has_time else "–",
        day=_day(local),
        clock=_clock(lead, local),
        instant=lead.occurred_at.isoformat(timespec="minutes") if lead.occurred_at else "",
        place=place_of(lead, journey.shipment.destination_country),
        code=entry.code.value,
        reason=wording.label(entry.reason) if entry.reason else "",
        is_key=milestone_of(entry.code) is not None,
        is_here=is_here,
        is_live=is_live,
        is_unknown=entry.code.value == "unknown",
        reports=tuple(_report(fact, found) for fact in entry.facts),
    )


def _day(local: datetime | None) -> str:
    return dates.day(local.date()) if local is not None else _("no time told")


def _clock(lead: EventFact, local: datetime | None) -> str:
    """Whose clock it is: “+01:00”; "" where only a day was told."""
    if local is None or lead.precision is TimePrecision.DAY:
        return ""
    if lead.offset_min is not None:
        sign = "−" if lead.offset_min < 0 else "+"
        return f"{sign}{abs(lead.offset_min) // 60:02d}:{abs(lead.offset_min) % 60:02d}"
    return _("zone not told") if lead.time_source is TimeSource.UNKNOWN else ""


def _report(fact: EventFact, found: Mapping[str, Receipt]) -> Report:
    receipt = found.get(fact.identity)
    delay = ""
    if receipt is not None and fact.occurred_at is not None:
        delay = _("received +{age}").format(age=words.age(receipt.received_at - fact.occurred_at))
    channel = _(words.CHANNELS[fact.channel.value])
    told = fact.channel in (Channel.MERCHANT, Channel.OPS)
    name = carrier_name(fact.carrier)
    return Report(
        source=channel if told or not name else _("{carrier}, {channel}").format(carrier=name, channel=channel),
        delay=delay,
        code=fact.raw_code,
        text=fact.raw_text,
        language=fact.language or script_of(fact.raw_text),
        raw_answer=receipt.raw_answer if receipt is not None else None,
    )


def _handover(journey: Journey, leg: Leg, before: Leg, mine: Sequence[Entry]) -> Item:
    newer, older = leg_name(leg), leg_name(before)
    if not mine:
        text = _("{newer} is to take over from {older}").format(newer=newer, older=older)
    elif newer == older:
        text = _("{newer} goes on under a new number").format(newer=newer)
    else:
        text = _("{newer} takes over from {older}").format(newer=newer, older=older)
    return Item(kind="hand", text=text, meta=_hand_time(journey, before, mine))


def _hand_time(journey: Journey, before: Leg, mine: Sequence[Entry]) -> str:
    """How long between the last scan of the one and the first of the other, where both are dated and in order."""
    first = next((entry.lead.occurred_at for entry in reversed(mine) if entry.code.is_physical), None)
    if first is None:
        return _("not scanned by the next carrier yet")
    earlier = [
        entry.lead.occurred_at
        for entry in journey.timeline.entries
        if entry.lead.leg_id == before.id and entry.lead.occurred_at and entry.lead.occurred_at <= first
    ]
    return _("{age} between the two scans").format(age=words.age(first - max(earlier))) if earlier else ""
