"""The journey, newest first, grouped by leg: days, events, gaps without a scan, and the hand-overs between carriers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from carriers.events import TimePrecision, TimeSource
from carriers.vocabulary import EventCode
from tracking.portal import dates, wording
from tracking.portal.buyer.checks import Check, check
from tracking.portal.buyer.scrubbing import scrubbed
from tracking.portal.buyer.words import grouped, leg_name, place_of
from tracking.rules.attention import SILENCE_NORM_H
from tracking.rules.facts import EventFact, LegRole
from tracking.rules.milestones import milestone_of
from tracking.rules.timeline import Entry
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Leg
from tracking.shipments.recording.reading import Journey

FIRST_SHOWN = 6
_LEAST_FOLDED = 3
GAP = timedelta(hours=48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A carrier's own words, scrubbed. `language` is BCP 47, "" where nobody can tell."""

    text: str
    language: str
    code: str
    carrier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the journey. `kind`: "day", "event", "gap" or "none" (the carrier has not scanned it yet).

    An event's `language` is set where its `text` is the carrier's own words, which no table knows.
    """

    kind: str
    text: str
    key: str = ""
    time: str = ""
    instant: str = ""  # ISO 8601, "" where there is none
    place: str = ""
    also: str = ""
    reason: str = ""
    language: str = ""
    is_raw: bool = False
    is_key: bool = False
    is_here: bool = False
    originals: tuple[Original, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """Who takes over from whom, and whether the number changed."""

    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One leg. `is_continued`: the second half of a leg whose head is shown above the fold."""

    key: str
    name: str
    role: str
    icon: str
    number: str
    shown_number: str
    is_live: bool
    check: Check | None
    rows: tuple[Row, ...]
    handover: Handover | None = None
    is_continued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """`shown` first; `folded` under "Show all {count} updates", empty where everything is shown."""

    shown: tuple[Group, ...]
    folded: tuple[Group, ...]
    count: int


def way(journey: Journey) -> Way:
    """Every entry of the timeline under the leg that told it, the newest leg first."""
    entries = journey.timeline.entries
    live = _live_leg(journey)
    groups = []
    for index in range(len(journey.legs) - 1, -1, -1):
        leg = journey.legs[index]
        mine = [entry for entry in reversed(entries) if entry.lead.leg_id == leg.id]
        before = journey.handed_by(leg)
        groups.append(
            Group(
                key=f"leg-{leg.position}",
                name=leg_name(leg),
                role=_role(leg, mine, len(journey.legs)),
                icon=_icon(leg),
                number=leg.number,
                shown_number=grouped(leg.number),
                is_live=leg is live,
                check=check(journey, leg),
                rows=tuple(_rows(journey, leg, mine, is_live=leg is live)),
                handover=_handover(leg, before) if before is not None else None,
            )
        )
    return _folded(groups, len(entries))


def _live_leg(journey: Journey) -> Leg | None:
    return journey.leg(journey.timeline.holder_leg) or (
        journey.leg(journey.timeline.entries[-1].lead.leg_id) if journey.timeline.entries else None
    )


def _rows(journey: Journey, leg: Leg, entries: Sequence[Entry], *, is_live: bool) -> Iterable[Row]:
    if not entries:
        yield Row(kind="none", text=_("No scan by {carrier} yet").format(carrier=leg_name(leg)))
        return
    newest = journey.timeline.entries[-1]
    if is_live and not journey.timeline.status.is_final:
        yield from _gap(entries[0].lead.occurred_at, journey.now, entries[0], is_open=True)
    day: date | None = None
    later: datetime | None = None
    for entry in entries:
        if entry.code.is_physical:  # between a label and the pick-up nobody has anything to scan
            yield from _gap(entry.lead.occurred_at, later, entry)
        local = local_time(entry.lead)
        if local is not None and local.date() != day:
            day = local.date()
            yield Row(kind="day", text=dates.day(day))
        yield _event(journey, entry, is_here=entry is newest)
        later = entry.lead.occurred_at or later


def _gap(earlier: datetime | None, later: datetime | None, entry: Entry, *, is_open: bool = False) -> Iterable[Row]:
    if earlier is None or later is None or later - earlier < GAP:
        return
    norm_h = SILENCE_NORM_H[entry.phase]
    length, norm = dates.span(later - earlier), dates.span(timedelta(hours=norm_h))
    message = (
        _("No scan since, for {length}. Usual here: up to {norm}.")
        if is_open
        else _("No scans for {length}. Usual here: up to {norm}.")
    )
    yield Row(kind="gap", text=message.format(length=length, norm=norm))


def _event(journey: Journey, entry: Entry, *, is_here: bool) -> Row:
    lead = entry.lead
    keep = [leg.number for leg in journey.legs]
    originals = tuple(found for fact in entry.facts if (found := _original(fact, keep)) is not None)
    text, language, is_raw = wording.label(entry.code), "", False
    if entry.code is EventCode.UNKNOWN and originals and originals[0].text:
        text, language, is_raw = originals[0].text, originals[0].language, True
    others = dict.fromkeys(carrier_name(fact.carrier) for fact in entry.others if fact.carrier != lead.carrier)
    return Row(
        kind="event",
        key=f"event-{lead.identity}",
        text=text,
        language=language,
        is_raw=is_raw,
        time=time_words(lead),
        instant=lead.occurred_at.isoformat(timespec="minutes") if lead.occurred_at else "",
        place=place_of(lead, journey.shipment.destination_country),
        also=_("Also reported by {carriers}").format(carriers=", ".join(others)) if others else "",
        reason=wording.label(entry.reason) if entry.reason else "",
        is_key=milestone_of(entry.code) is not None,
        is_here=is_here,
        originals=originals,
    )


def _original(fact: EventFact, keep: list[str]) -> Original | None:
    text = scrubbed(fact.raw_text, keep=keep)
    if not text and not fact.raw_code:
        return None
    return Original(
        text=text, language=fact.language or script_of(text), code=fact.raw_code, carrier=carrier_name(fact.carrier)
    )


def local_time(fact: EventFact) -> datetime | None:
    """The wall clock where it happened, naive; as the carrier printed it, else in the place's zone."""
    if fact.local_time is not None:
        return fact.local_time
    if fact.occurred_at is not None:
        return dates.at(fact.occurred_at, fact.zone or "UTC").replace(tzinfo=None)
    return None


def time_words(fact: EventFact) -> str:
    """“08:12, local time”: always with whose time it is, or that nobody said."""
    local = local_time(fact)
    if local is None:
        return _("time not told")
    if fact.precision is TimePrecision.DAY:
        return _("time of day not told")
    shown = dates.clock_time(local)
    if fact.local_time is None and not fact.zone:
        return _("{time}, UTC").format(time=shown)
    if fact.time_source is TimeSource.UNKNOWN and fact.occurred_at is None:
        return _("{time}, time zone not told").format(time=shown)
    return _("{time}, local time").format(time=shown)


def script_of(text: str) -> str:
    """The language that a text's script gives away; "" for Latin and other shared ones."""
    for symbol in text:
        name = unicodedata.name(symbol, "")
        for prefix, language in _SCRIPTS:
            if name.startswith(prefix):
                return language
    return ""


_SCRIPTS = (
    ("HIRAGANA", "ja"), ("KATAKANA", "ja"), ("HANGUL", "ko"), ("CJK UNIFIED", "zh"), ("ARABIC", "ar"), ("HEBREW", "he"),
    ("THAI", "th"), ("GREEK", "el"),
)  # fmt: skip


def _handover(leg: Leg, before: Leg) -> Handover:
    newer, older = leg_name(leg), leg_name(before)
    if leg.role == LegRole.RETURN:
        title = _("{newer} brings it back").format(newer=newer)
    elif newer == older:
        title = _("{newer} goes on under a new number").format(newer=newer)
    else:
        title = _("{newer} takes over from {older}").format(newer=newer, older=older)
    changed = leg.number != before.number
    text = _("The number changed here. This page follows both.") if changed else _("Same number, different hands.")
    return Handover(title=title, text=text)


def _role(leg: Leg, newest_first: Sequence[Entry], legs: int) -> str:
    cities = [entry.lead.city for entry in reversed(newest_first) if entry.lead.city and entry.code.is_physical]
    if cities and cities[0] != cities[-1]:
        return _("{start} to {end}").format(start=cities[0], end=cities[-1])
    words = {
        LegRole.FIRST_MILE.value: _("From the sender"),
        LegRole.LINEHAUL.value: _("Across the border"),
        LegRole.LAST_MILE.value: _("To your door"),
        LegRole.RETURN.value: _("Back to the sender"),
    }
    return words.get(leg.role, _("Door to door") if legs == 1 else "")


def _icon(leg: Leg) -> str:
    icons = {
        LegRole.FIRST_MILE.value: "box",
        LegRole.LINEHAUL.value: "plane",
        LegRole.LAST_MILE.value: "truck",
        LegRole.RETURN.value: "back",
    }
    return icons.get(leg.role, "truck" if leg.position else "box")


def _folded(groups: list[Group], count: int) -> Way:
    """Cuts after the first events, unless little would be left."""
    if count < FIRST_SHOWN + _LEAST_FOLDED:
        return Way(shown=tuple(groups), folded=(), count=count)
    shown: list[Group] = []
    left = FIRST_SHOWN
    for index, group in enumerate(groups):
        size = sum(row.kind == "event" for row in group.rows)
        if size < left:
            shown.append(group)
            left -= size
            continue
        cut = _cut(group.rows, left)
        if cut == len(group.rows):
            return Way(shown=(*shown, group), folded=tuple(groups[index + 1 :]), count=count)
        head = replace(group, rows=group.rows[:cut], handover=None)
        tail = replace(group, key=f"{group.key}-more", rows=group.rows[cut:], is_continued=True)
        return Way(shown=(*shown, head), folded=(tail, *groups[index + 1 :]), count=count)
    return Way(shown=tuple(groups), folded=(), count=count)


def _cut(rows: Sequence[Row], events: int) -> int:
    """The index after the `events`-th event."""
    for index, row in enumerate(rows):
        events -= row.kind == "event"
        if events == 0:
            return index + 1
    return len(rows)
