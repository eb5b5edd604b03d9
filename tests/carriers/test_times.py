"""What a carrier prints as a time becomes an instant only where something says of which zone."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers import times
from carriers.events import EventTime, Place, TimePrecision, TimeSource

BERLIN = Place(text="Berlin", country="DE", city="Berlin", zone="Europe/Berlin")
GERMANY = Place(text="Germany", country="DE", zone="Europe/Berlin")
NOWHERE = Place(text="International Transit")


def told(local: str, place: Place | None = None, zone: str | None = None, **more: object) -> EventTime:
    return times.event_time(local, times.parse_iso(local), place=place, carrier_zone=zone, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023-04-07T09:03:09+08", "2023-04-07T09:03:09+08:00"),
        ("2023-04-07T09:03:09+0800", "2023-04-07T09:03:09+08:00"),
        ("2023-04-07 09:03:09 +08:00", "2023-04-07T09:03:09+08:00"),
        ("2023-04-07T09:03:09Z", "2023-04-07T09:03:09+00:00"),
        ("2023-04-07t09:03:09z", "2023-04-07T09:03:09+00:00"),
        ("2023-04-07T09:03:09\u221208:00", "2023-04-07T09:03:09-08:00"),
        ("2023-04-07T09:03:09.1234567", "2023-04-07T09:03:09.123456"),
        ("2023-04-07T09:03:09.1Z", "2023-04-07T09:03:09.100000+00:00"),
        ("20230407T090309", "2023-04-07T09:03:09"),
        ("20230407T090309-0530", "2023-04-07T09:03:09-05:30"),
        (" 2023-04-07 09:03 ", "2023-04-07T09:03:00"),
        ("2023-04-07", "2023-04-07T00:00:00"),
    ],
)
def test_iso_times_are_read_as_carriers_write_them(text: str, expected: str) -> None:
    assert times.parse_iso(text).isoformat() == expected


@pytest.mark.parametrize("text", ["", "yesterday", "07/04/2023", "2023-13-01", "2023-04-07T25:00:00"])
def test_what_is_no_iso_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        times.parse_iso(text)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("+08", 480), ("+8", 480), ("8", 480), ("08:00", 480), ("-0530", -330), ("+530", 330), ("+02:00", 120),
        ("GMT+8", 480),
        ("UTC+05:45", 345), ("GMT -3", -180), ("UTC", 0), ("GMT", 0), ("Z", 0), ("+0", 0), ("\u221208:00", -480),
    ],
)  # fmt: skip
def test_offsets_are_minutes_east_of_utc(text: str, minutes: int) -> None:
    assert times.parse_offset(text) == minutes


@pytest.mark.parametrize("text", ["", " ", "+", "CET", "+-8", "+8:5", "+08:75", "+99", "٣", "8.5", "+08:00:00"])
def test_what_is_no_offset_is_a_value_error_and_never_utc(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|over 18"):
        times.parse_offset(text)


def test_the_carriers_own_offset_comes_before_the_places_zone() -> None:
    time = told("2023-07-01T10:00:00+08:00", BERLIN, "America/New_York")
    assert (time.source, time.offset_min) == (TimeSource.CARRIER_OFFSET, 480)
    assert time.instant == datetime(2023, 7, 1, 2, tzinfo=UTC)
    assert time.local == datetime(2023, 7, 1, 10)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("place", "zone", "source", "hour"),
    [
        (BERLIN, "Asia/Shanghai", TimeSource.CARRIER_DEFAULT, 2),
        (NOWHERE, "Asia/Shanghai", TimeSource.CARRIER_DEFAULT, 2),
        (None, "Asia/Shanghai", TimeSource.CARRIER_DEFAULT, 2),
        (BERLIN, None, TimeSource.PLACE, 8),
        (GERMANY, None, TimeSource.COUNTRY, 8),
    ],
)
def test_then_the_carriers_one_clock_the_city_and_the_country(
    place: Place | None, zone: str | None, source: TimeSource, hour: int
) -> None:
    time = told("2023-07-01T10:00:00", place, zone)
    assert time.source is source
    assert time.instant == datetime(2023, 7, 1, hour, tzinfo=UTC)


@pytest.mark.parametrize("place", [NOWHERE, None])
def test_without_any_zone_there_is_no_instant(place: Place | None) -> None:
    time = told("2023-07-01T10:00:00", place)
    assert (time.instant, time.offset_min, time.source) == (None, None, TimeSource.UNKNOWN)
    assert time.local == datetime(2023, 7, 1, 10)  # noqa: DTZ001


def test_a_skipped_hour_counts_by_the_offset_before_the_change() -> None:
    time = told("2023-03-26T02:30:00", BERLIN)
    assert (time.offset_min, time.instant) == (60, datetime(2023, 3, 26, 1, 30, tzinfo=UTC))


def test_a_repeated_hour_is_the_first_of_the_two() -> None:
    first = told("2023-10-29T02:30:00", BERLIN)
    assert (first.offset_min, first.instant) == (120, datetime(2023, 10, 29, 0, 30, tzinfo=UTC))
    again = times.event_time("", datetime(2023, 10, 29, 2, 30, fold=1), place=BERLIN)  # noqa: DTZ001
    assert again.instant == first.instant


def test_a_day_stands_at_noon_there() -> None:
    time = told("2023-07-01", BERLIN, precision=TimePrecision.DAY)
    assert time.local == datetime(2023, 7, 1, 12)  # noqa: DTZ001
    assert time.instant == datetime(2023, 7, 1, 10, tzinfo=UTC)
    assert time.precision is TimePrecision.DAY


def test_an_event_may_have_no_time_at_all() -> None:
    time = times.event_time("soon", None, place=BERLIN)
    assert (time.raw, time.local, time.instant, time.source) == ("soon", None, None, TimeSource.UNKNOWN)


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:00", "0001-01-01T00:00:00", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59"]
)
def test_years_that_no_parcel_travels_in_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        told(text, BERLIN)


def test_an_offset_over_18_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="18 hours"):
        times.event_time("", datetime(2023, 1, 1), offset_min=1081)  # noqa: DTZ001


@given(
    instant=st.datetimes(datetime(1991, 1, 1), datetime(2199, 1, 1)),  # noqa: DTZ001
    offset_min=st.integers(-18 * 60, 18 * 60),
)
def test_an_instant_survives_the_carriers_offset(instant: datetime, offset_min: int) -> None:
    aware = instant.replace(tzinfo=UTC)
    local = aware.astimezone(timezone(timedelta(minutes=offset_min)))
    time = times.event_time("", times.parse_iso(local.isoformat()))
    assert (time.instant, time.offset_min) == (aware, offset_min)


@given(local=st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 31)))  # noqa: DTZ001
def test_any_wall_clock_has_one_instant_in_a_zone_and_its_offset_leads_back(local: datetime) -> None:
    time = times.event_time("", local, place=BERLIN)
    assert time.instant is not None
    assert time.offset_min in (60, 120)
    assert time.instant.replace(tzinfo=None) + timedelta(minutes=time.offset_min) == local.replace(fold=0)


@given(text=st.text())
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    for parse in (times.parse_iso, times.parse_offset):
        with suppress(ValueError):
            parse(text)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0), ("1.5", 1.5), ("0", 1.0), ("-5", 1.0), ("9999999", 86_400.0), ("nan", None), ("inf", None),
        ("Wed, 21 Oct 2015 07:30:00 GMT", 120.0), ("Wed, 21 Oct 2015 07:00:00 GMT", 1.0), ("soon", None), ("", None),
        (None, None),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date_within_bounds(header: str | None, seconds: float | None) -> None:
    now = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
    assert times.retry_after_s(header, now) == seconds


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (("2026-06-05",), ("2026-06-05", "2026-06-05")),
        (("20260605",), ("2026-06-05", "2026-06-05")),
        (("2026-06-05T18:00:00+02:00", "2026-06-04"), ("2026-06-04", "2026-06-05")),
        (("", "2026-06-04", None), ("2026-06-04", "2026-06-04")),
    ],
)
def test_an_estimate_is_the_range_of_the_days_told(texts: tuple[str | None, ...], days: tuple[str, str]) -> None:
    found = times.estimated_delivery(*texts)
    assert found is not None
    assert (found.earliest.isoformat(), found.latest.isoformat()) == days


def test_where_no_day_is_told_there_is_no_estimate() -> None:
    assert times.estimated_delivery("", None) is None
