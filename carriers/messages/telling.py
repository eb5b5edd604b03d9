"""From what a message says to a `TrackingEvent`: meaning and words from the standard's table, place and instant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from carriers import gazetteer, places, times
from carriers.events import EventTime, Place, TimePrecision, TrackingEvent
from carriers.facts import FactSheet
from carriers.messages.codes import CodeTable
from carriers.messages.records import Unreadable
from carriers.vocabulary import EventCode

_AHEAD = timedelta(days=1)
_UNLOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
_AIRPORT = re.compile(r"[A-Z]{3}", re.ASCII)
# Raw columns of the platform are as long; a message may be longer.
_TEXT, _CODE = 2_000, 60


def when(
    raw: str,
    local: datetime | None,
    *,
    received_at: datetime,
    place: Place | None = None,
    offset_min: int | None = None,
    zone: str | None = None,
    precision: TimePrecision = TimePrecision.MINUTE,
    is_estimate: bool = False,
) -> EventTime:
    """The time of an event, or of an estimate. `zone` is the IANA zone that the message names.

    Raises Unreadable where it lies more than a day after `received_at` (an event), or in no year that goods travel in.
    """
    if zone is not None and local is not None:
        local = local.replace(tzinfo=ZoneInfo(zone))
    try:
        time = times.event_time(raw[:60], local, offset_min=offset_min, place=place, precision=precision)
    except (ValueError, OverflowError) as error:
        raise Unreadable(str(error)[:120], "Send the date and time of the event.") from error
    latest = received_at + _AHEAD
    told = time.instant or (time.local.replace(tzinfo=latest.tzinfo) if time.local else None)
    if not is_estimate and told is not None and told > latest:
        raise Unreadable(f"{raw[:30]} lies in the future", "Tell events once they have happened.")
    return time


def event(
    table: CodeTable,
    code: str,
    time: EventTime,
    *,
    finer: tuple[str, ...] = (),
    reason: str = "",
    text: str = "",
    place: Place | None = None,
    sheet: FactSheet | None = None,
    native_id: str | None = None,
    details: Mapping[str, str] | None = None,
    sequence: int = 0,
) -> TrackingEvent:
    """An event of the standard's `code`. Its text is the message's own, else the standard's words for the code."""
    raw_code, meaning = table.meaning(code, *finer, reason=reason, text=text, sheet=sheet)
    words = text.strip() or table.wording(code, *finer)
    return TrackingEvent(
        code=meaning.code,
        reason=meaning.reason,
        time=time,
        place=place,
        raw_code=raw_code[:_CODE],
        raw_text=(words or raw_code)[:_TEXT],
        language="en" if not text.strip() else None,
        native_id=native_id[:120] if native_id else None,
        sequence=sequence,
        details={name: value[:120] for name, value in {**(details or {}), "reason_code": reason}.items() if value},
    )


def place_of(code: str = "", text: str = "", country: str = "") -> Place | None:
    """Where a UN/LOCODE ("DEHAM"), an airport's code ("FRA") or a text is; the code decides, the text is shown."""
    code, text, country = code.strip().upper(), text.strip(), country.strip()
    found = None
    if _UNLOCODE.fullmatch(code):
        found = _of_unlocode(code, text)
    elif _AIRPORT.fullmatch(code) and (city := gazetteer.airport_city(code)) is not None:
        found = _of_city(code, city)
    elif code and not text:
        text = code
    if found is None and (text or country):
        found = places.resolve(text or country, country or None)
    return found


def _of_unlocode(code: str, text: str) -> Place | None:
    """Its first two letters are the country; the city is the text's, or that of the airport of its last three."""
    country = gazetteer.country_of_code(code[:2])
    if country is None:
        return None
    if text:
        named = places.resolve(text, country)
        if named.country == country and named.city is not None:
            return named
    city = gazetteer.airport_city(code[2:])
    if city is not None and city.country == country:
        return _of_city(text or code, city)
    return Place(text=text or code, country=country, zone=places.country_zone(country))


def _of_city(text: str, city: gazetteer.City) -> Place:
    return Place(
        text=f"{city.name} ({text})" if text != city.name and len(text) <= 5 else text,
        country=city.country,
        city=city.name,
        latitude=city.latitude,
        longitude=city.longitude,
        zone="Asia/Shanghai" if city.country == "CN" else city.zone,
    )


def is_known(event_code: EventCode) -> bool:
    """False for a code that no table knows."""
    return event_code is not EventCode.UNKNOWN


def text_or(value: Any, default: str = "") -> str:
    """A JSON value as text, where it is one."""
    return value if isinstance(value, str) else default
