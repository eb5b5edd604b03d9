"""Dates, times and spans as people write them, by CLDR skeletons: a pattern of ours would be wrong somewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_interval, format_skeleton, format_timedelta
from django.utils.translation import get_language

# Our language codes -> the CLDR locale whose habits we follow: British dates have no comma to stumble over.
_LOCALES = {"en": "en_GB", "zh-hans": "zh_Hans_CN"}
_DAY = "MMMEd"


def locale() -> str:
    """The CLDR locale of the active language."""
    language = get_language() or "en"
    return _LOCALES.get(language, language.replace("-", "_"))


def day(value: date) -> str:
    """“Mon 23 Nov”, “11月23日周一”."""
    return format_skeleton(_DAY, datetime(value.year, value.month, value.day), locale=locale())  # noqa: DTZ001


def days(earliest: date, latest: date) -> str:
    """“Thu 26 – Fri 27 Nov”, “11月26日周四至27日周五”; one day where both are the same."""
    if earliest >= latest:
        return day(latest)
    if locale() == "en_GB" and (earliest.year, earliest.month) == (latest.year, latest.month):
        # CLDR's interval repeats the month, which makes the line break on a phone.
        first = format_skeleton("Ed", datetime(earliest.year, earliest.month, earliest.day), locale=locale())  # noqa: DTZ001
        return f"{first} – {day(latest)}"
    return str(format_interval(earliest, latest, _DAY, locale=locale()))


def clock_time(value: datetime) -> str:
    """“08:12”, by the wall clock it is given."""
    return str(format_skeleton("Hm", value.replace(tzinfo=None), locale=locale()))


def ago(moment: datetime, now: datetime) -> str:
    """“3 minutes ago”; never the future: a clock that is ahead counts as now."""
    return str(format_timedelta(min(moment - now, timedelta(0)), add_direction=True, locale=locale(), threshold=1.5))


def span(length: timedelta) -> str:
    """“9 days”, “36 hours”: in days from two days on, never in weeks."""
    if length >= timedelta(days=2):
        days = timedelta(days=length.days)
        return str(format_timedelta(days, granularity="day", threshold=10_000, locale=locale()))
    hours = timedelta(hours=max(int(length / timedelta(hours=1)), 1))
    return str(format_timedelta(hours, granularity="hour", threshold=10_000, locale=locale()))


def country_name(alpha2: str | None) -> str:
    """“Germany”, “德国”; the code itself where CLDR has no name."""
    if not alpha2:
        return ""
    return str(Locale.parse(locale()).territories.get(alpha2, alpha2))


def at(moment: datetime, zone: str) -> datetime:
    """The wall clock of an IANA zone at this instant; UTC where the zone is not known."""
    try:
        return moment.astimezone(ZoneInfo(zone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return moment.astimezone(UTC)
