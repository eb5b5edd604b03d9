"""The understood rate, and the two commands."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scope

from tests.tracking.mapping.conftest import say
from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, parcel, tell
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.mapping import understood
from tracking.mapping.models import Replay, Understood
from tracking.shipments.models import Event, Shipment

pytestmark = pytest.mark.django_db


def test_the_rate_is_counted_by_carrier_for_thirty_days_and_for_all_time(lamp: Shipment, halden: Merchant) -> None:
    tell(lamp, PICKED_UP, ODD, ("LH20", "Departed", 2.0))
    Event.objects.filter(code="unknown").update(received_at=clock.now() - timedelta(days=31))
    understood.count()
    (rate,) = understood.rates(halden)
    assert (rate.carrier, rate.events, rate.unknown, rate.recent_events, rate.recent_unknown) == ("yanwen", 3, 1, 2, 0)
    assert (rate.recent_rate, rate.rate) == (1.0, pytest.approx(2 / 3))


def test_merchants_are_counted_apart(lamp: Shipment, tent: Shipment, halden: Merchant, kestrel: Merchant) -> None:
    understood.count()
    assert [rate.events for rate in understood.rates(halden)] == [2]
    with scope(merchant=kestrel):
        assert [rate.events for rate in understood.rates(kestrel)] == [2]
        Event.objects.all().delete()
    understood.count(halden.pk)
    with scope(merchant=kestrel):
        assert [rate.events for rate in understood.rates(kestrel)] == [2]  # not counted anew
        understood.count(kestrel.pk)
        assert Understood.objects.count() == 0


@pytest.mark.parametrize(
    ("rate", "text"),
    [(None, "–"), (1.0, "100"), (0.99999, "99.99"), (0.5, "50"), (0.9987, "99.87"), (0.0, "0"), (2 / 3, "66.66")],
)
def test_a_rate_is_never_rounded_up_to_all(rate: float | None, text: str) -> None:
    assert understood.percent(rate) == text


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_prints_the_rates(lamp: Shipment, tent: Shipment) -> None:
    assert "halden" in run("understood")
    one = run("understood", "--merchant", "kestrel")
    assert "kestrel" in one
    assert "50 %" in one
    assert "halden" not in one
    with pytest.raises(CommandError, match="no merchant"):
        run("understood", "--merchant", "nobody")


def test_the_command_replays_dry_by_default_and_for_real_when_told(lamp: Shipment, halden: Merchant) -> None:
    say(halden, raw_code="ZZ77")
    dry = run("replay", "--carrier", "yanwen")
    assert "1 would change (dry run)" in dry
    assert f"{lamp.number}  unknown -> linehaul.departed  ZZ77 {ODD[1]}" in dry
    assert Event.objects.filter(code="unknown").count() == 1
    assert "1 changed" in run("replay", "--carrier", "yanwen", "--merchant", "halden", "--apply")
    assert Event.objects.filter(code="unknown").count() == 0
    assert {row.started_by for row in Replay.objects.all()} == {"manage.py replay"}


def test_the_command_replays_one_shipment(lamp: Shipment, halden: Merchant) -> None:
    other = parcel(halden, "HL-2", NUMBERS[1])
    tell(other, ODD)
    say(halden, raw_code="ZZ77")
    assert "1 changed" in run("replay", "--shipment", lamp.number, "--apply")
    assert Event.objects.filter(code="unknown").count() == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "name a --carrier, or a --shipment"),
        (("--carrier", "yanwen", "--shipment", "X"), "name a --carrier, or a --shipment"),
        (("--carrier", "yanwen", "--merchant", "nobody"), "no merchant"),
        (("--carrier", "nobody"), "no carrier that we read"),
        (("--shipment", "X"), "no shipment has the number"),
    ],
)
def test_the_command_says_what_it_needs(halden: Merchant, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run("replay", *arguments)
