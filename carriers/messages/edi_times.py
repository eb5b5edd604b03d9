"""Dates and times as EDIFACT (data element 2379) and X12 (elements 373, 337, 623) write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from carriers import times
from carriers.events import TimePrecision
from carriers.messages.records import Unreadable

# Format qualifier -> strptime pattern; "Z" at the end: a zone follows the digits.
_FORMATS = {
    "101": "%y%m%d", "102": "%Y%m%d", "201": "%y%m%d%H%M", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S",
    "205": "%Y%m%d%H%MZ", "208": "%Y%m%d%H%M%SZ", "303": "%Y%m%d%H%MZ", "304": "%Y%m%d%H%M%SZ",
}  # fmt: skip
_LENGTHS = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
_DIGITS = re.compile(r"[0-9]*", re.ASCII)

# X12 623. Codes that say neither standard nor daylight time name the zone, which knows which it was.
_ZONES = {
    "ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles",
    "AT": "America/Anchorage", "HT": "Pacific/Honolulu", "NT": "America/St_Johns", "TT": "America/Halifax",
}  # fmt: skip
_OFFSETS = {
    "UT": 0, "GM": 0, "ES": -300, "ED": -240, "CS": -360, "CD": -300, "MS": -420, "MD": -360, "PS": -480, "PD": -420,
    "AS": -540, "AD": -480, "HS": -600, "HD": -540, "NS": -210, "ND": -150, "TS": -240, "TD": -180,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A wall clock, with the offset or zone that the message itself names."""

    raw: str
    local: datetime
    offset_min: int | None = None
    zone: str | None = None
    precision: TimePrecision = TimePrecision.MINUTE


def edifact(value: str, qualifier: str) -> Moment:
    """A DTM's value by its format qualifier. Raises Unreadable."""
    pattern = _FORMATS.get(qualifier)
    if pattern is None:
        cure = f"Send one of {', '.join(_FORMATS)}."
        raise Unreadable(f"the date format {qualifier[:5] or '(none)'} is not read", cure)
    digits = _DIGITS.match(value)
    text, zone = (digits[0], value[digits.end() :].strip()) if digits is not None else ("", "")
    wanted = pattern.removesuffix("Z")
    if len(text) != sum(length for part, length in _LENGTHS.items() if part in wanted):
        raise Unreadable(f"“{value[:30]}” is not a date in format {qualifier}", "Send as many digits as it has.")
    local = _read(text, wanted)
    offset = _offset(zone) if pattern.endswith("Z") and zone else None
    precision = TimePrecision.DAY if "%H" not in wanted else TimePrecision.MINUTE
    return Moment(raw=value, local=local, offset_min=offset, precision=precision)


def x12(day: str, clock: str, code: str) -> Moment:
    """AT705 to AT707: "20260710", "1018" (or with seconds, tenths, hundredths), "LT", "ET", "UT", "P3" ... Raises
    Unreadable."""
    raw = " ".join(part for part in (day, clock, code) if part)
    if not clock:
        return Moment(raw=raw, local=_read(day, "%Y%m%d"), precision=TimePrecision.DAY)
    local = _read(f"{day}{clock[:6]}", "%Y%m%d%H%M%S" if len(clock) >= 6 else "%Y%m%d%H%M")
    if code.isdigit() and 1 <= int(code) <= 24:
        # 01 to 12 are hours east of UTC, 13 to 24 twelve to one west.
        hours = int(code) if int(code) <= 12 else int(code) - 25
        return Moment(raw=raw, local=local, offset_min=60 * hours)
    if code not in ("", "LT", *_OFFSETS, *_ZONES):
        raise Unreadable(f"the time code {code[:5]} is not read", "Send LT, UT, or a zone's such as ET.")
    return Moment(raw=raw, local=local, offset_min=_OFFSETS.get(code), zone=_ZONES.get(code))


def _read(text: str, pattern: str) -> datetime:
    if not text.isascii() or not text.isdigit():
        raise Unreadable(f"“{text[:30]}” is no date", "Send digits.")
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007  a wall clock
    except ValueError:
        raise Unreadable(f"{text[:30]} is no date of the calendar", "Look at its day, month and time again.") from None


def _offset(zone: str) -> int | None:
    """Minutes of a numeric zone or UTC; a zone's letters alone are ambiguous, and the place decides."""
    try:
        return times.parse_offset(zone)
    except ValueError:
        return None
