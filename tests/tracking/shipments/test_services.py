"""What merchants and operators say: every wrong word is named with its cure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carriers.vocabulary import EventCode
from tests.tracking.shipments.telling import event, told
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules import shipment_number
from tracking.rules.facts import Channel, Evidence
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.recording.door import record_result
from tracking.shipments.recording.reading import journey
from tracking.shipments.sealing import SealError, open_credentials
from tracking.shipments.services import LegSpec

pytestmark = pytest.mark.django_db


def test_a_shipment_gets_a_number_of_ours_and_its_leg_is_due_at_once(parcel: Shipment) -> None:
    assert shipment_number.problem(parcel.number) is None
    leg = Leg.objects.get(shipment=parcel)
    assert (leg.carrier, leg.evidence, parcel.destination_zone) == ("yunexpress", "registered", "Europe/Berlin")
    assert leg.next_poll_at is not None
    assert leg.next_poll_at <= clock.now()


def test_a_carrier_left_out_is_detected_and_the_ranking_is_kept(halden: Merchant, yunexpress: CarrierAccount) -> None:
    shipment = services.register_shipment(
        halden, destination_country="DE", legs=[LegSpec(number="YT2630 6000 0000-0003")]
    )
    leg = Leg.objects.get(shipment=shipment)
    assert leg.carrier == "yunexpress"
    assert leg.candidates[0]["carrier"] == "yunexpress"
    assert leg.candidates[0]["reason"]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        (LegSpec(number="!!"), "legs.0.number"),
        (LegSpec(number=""), "legs.0.number"),
        (LegSpec(number="YT2630600000000001", carrier="yunexpres"), "legs.0.carrier"),
        (LegSpec(number="SF1234567890123", carrier="sf_express"), "legs.0.fields.phone_last4"),
        (
            LegSpec(number="SF1234567890123", carrier="sf_express", fields={"phone_last4": "12"}),
            "legs.0.fields.phone_last4",
        ),
        (LegSpec(number="YT2630600000000001", carrier="yunexpress", fields={"colour": "red"}), "legs.0.fields.colour"),
    ],
)
def test_a_leg_that_cannot_be_is_named_with_its_cure(halden: Merchant, spec: LegSpec, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.register_shipment(halden, destination_country="DE", legs=[spec])
    assert caught.value.field == field
    assert caught.value.cure
    assert not Shipment.objects.exists()


def test_an_unknown_carrier_names_its_neighbours(halden: Merchant) -> None:
    with pytest.raises(Invalid, match="yunexpres") as caught:
        services.register_shipment(
            halden, destination_country="DE", legs=[LegSpec(number="YT2630600000000001", carrier="yunexpres")]
        )
    assert "yunexpress" in caught.value.cure


def test_no_country_no_shipment(halden: Merchant) -> None:
    with pytest.raises(Invalid) as caught:
        services.register_shipment(halden, destination_country="Atlantis")
    assert caught.value.field == "destination_country"


def test_the_same_number_twice_in_one_shipment_is_refused(halden: Merchant) -> None:
    twin = LegSpec(number="YT2630600000000001", carrier="yunexpress")
    with pytest.raises(Invalid) as caught:
        services.register_shipment(halden, destination_country="DE", legs=[twin, twin])
    assert caught.value.field == "legs.1.number"


def test_a_corrected_leg_takes_the_place_and_its_events_count_no_more(parcel: Shipment) -> None:
    old = Leg.objects.get(shipment=parcel)
    record_result(told(old, event(EventCode.LAST_MILE_DELIVERED, 2)))
    new = services.correct_leg(old, LegSpec(number="YT2630600000000009", carrier="yunexpress"), evidence=Evidence.OPS)
    parcel.refresh_from_db()
    assert (parcel.status, new.position) == ("pending", old.position)
    assert [leg.number for leg in journey(parcel).legs] == ["YT2630600000000009"]
    assert Leg.objects.filter(shipment=parcel).count() == 2  # kept, replaced


def test_a_brokers_own_event_goes_into_the_same_timeline_once(parcel: Shipment) -> None:
    happened = clock.now() - timedelta(hours=3)
    for _ in range(2):
        services.record_told_event(
            parcel, leg=None, code=EventCode.IMPORT_CUSTOMS_RELEASED, occurred_at=happened, place="Liège",
            country="BE", text="Released", carrier_name="Maas Customs", channel=Channel.MERCHANT,
        )  # fmt: skip
    parcel.refresh_from_db()
    read = journey(parcel)
    assert parcel.event_code == "import_customs.released"
    assert len(read.timeline.entries) == 1
    assert read.carrier_name(read.legs[1]) == "Maas Customs"


def test_an_event_without_an_offset_or_from_the_future_is_refused(parcel: Shipment) -> None:
    for moment in (datetime(2026, 11, 1), datetime.now(UTC) + timedelta(days=40)):  # noqa: DTZ001
        with pytest.raises(Invalid) as caught:
            services.record_told_event(
                parcel, leg=None, code=EventCode.ANY_NOTE, occurred_at=moment, channel=Channel.MERCHANT
            )
        assert caught.value.field == "occurred_at"


def test_archived_shipments_are_asked_for_no_more_and_can_come_back(parcel: Shipment) -> None:
    services.archive_shipment(parcel)
    assert not Shipment.objects.live().exists()
    assert Leg.objects.get(shipment=parcel).next_poll_at is None
    services.restore_shipment(parcel)
    assert Shipment.objects.live().exists()
    assert Leg.objects.get(shipment=parcel).next_poll_at is not None


def test_credentials_are_sealed_bound_to_their_row_and_kept_where_left_out(halden: Merchant) -> None:
    account = services.save_account(halden, "yunexpress", credentials={"customer_code": "C1", "api_secret": "hush"})
    assert b"hush" not in bytes(account.sealed_credentials)
    account = services.save_account(halden, "yunexpress", credentials={"customer_code": "C2"})
    assert open_credentials(account) == {"customer_code": "C2", "api_secret": "hush"}
    other = CarrierAccount(merchant=halden, carrier="yanwen", sealed_credentials=account.sealed_credentials)
    with pytest.raises(SealError):
        open_credentials(other)


def test_an_account_asks_only_hosts_that_the_operator_allows(halden: Merchant, settings: Any) -> None:
    settings.CARRIER_HOSTS = ("proxy.example.com",)
    credentials = {"customer_code": "C1", "api_secret": "s"}
    for address in (
        "http://169.254.169.254/latest",
        "http://localhost:6379",
        "ftp://proxy.example.com",
        "nonsense",
        "http://[",
    ):
        with pytest.raises(Invalid) as caught:
            services.save_account(halden, "yunexpress", credentials=credentials, base_url=address)
        assert caught.value.field == "base_url", address
    for address in ("https://proxy.example.com/yun", "http://oms.api.yunexpress.com", ""):
        assert (
            services.save_account(halden, "yunexpress", credentials=credentials, base_url=address).base_url == address
        )


def test_a_missing_credential_is_named(halden: Merchant) -> None:
    with pytest.raises(Invalid) as caught:
        services.save_account(halden, "yunexpress", credentials={"customer_code": "C1"})
    assert caught.value.field == "credentials.api_secret"


def test_legs_that_waited_for_an_account_are_due_once_it_is_there(halden: Merchant) -> None:
    shipment = services.register_shipment(
        halden, destination_country="DE", legs=[LegSpec(number="YT2630600000000001", carrier="yunexpress")]
    )
    assert Leg.objects.get(shipment=shipment).next_poll_at is None
    services.save_account(halden, "yunexpress", credentials={"customer_code": "C1", "api_secret": "s"})
    assert Leg.objects.get(shipment=shipment).next_poll_at is not None


def test_companies_known_by_name_only_each_have_their_leg(parcel: Shipment) -> None:
    def tell(name: str) -> None:
        services.record_told_event(
            parcel,
            leg=None,
            code=EventCode.ANY_NOTE,
            occurred_at=clock.now(),
            channel=Channel.MERCHANT,
            carrier_name=name,
        )

    for name in ("Forwarder", "Broker", "Forwarder", *(f"Company {count}" for count in range(services.MAX_LEGS - 3))):
        tell(name)
    names = list(Leg.objects.of_shipments([parcel.id]).values_list("carrier_name", flat=True))
    assert (names[:3], len(names)) == (["", "Forwarder", "Broker"], services.MAX_LEGS)
    with pytest.raises(Invalid) as caught:
        tell("One too many")
    assert caught.value.field == "carrier_name"


def test_an_event_may_be_told_whatever_our_number_looks_like(parcel: Shipment) -> None:
    Shipment.objects.update(number="HFMVMRKXNDCEQQKGH")  # one of six hundred numbers has no digit
    parcel.refresh_from_db()
    leg = services.record_told_event(
        parcel,
        leg=None,
        code=EventCode.ANY_NOTE,
        occurred_at=clock.now(),
        channel=Channel.MERCHANT,
        carrier_name="Broker",
    )
    assert (leg.number, leg.carrier_name) == (parcel.number, "Broker")
