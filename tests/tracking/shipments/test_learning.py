"""What a night learns from the platform's own events, and what it does not."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta
from io import StringIO
from math import ceil
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django_scopes import scopes_disabled

from carriers.vocabulary import EventCode as Code
from carriers.vocabulary import Phase
from tracking.accounts.models import Merchant
from tracking.rules.dwell_counts import Counts, Level, Situation
from tracking.rules.timeline import HUBS
from tracking.shipments.models import DwellCell, DwellVersion, Event, Leg, Shipment
from tracking.shipments.scheduling import dwell_learning, dwell_tables, next_poll
from tracking.shipments.scheduling.dwell_learning import Learned, learn, store
from tracking.shipments.scheduling.dwell_tables import PackedCounts, Source

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)  # 14:00 in Shanghai
NOW = MONDAY + timedelta(days=20)
RELEASED = f"{Phase.EXPORT_CUSTOMS}|{Code.EXPORT_CUSTOMS_RELEASED}"


@pytest.fixture
def shop(db: None) -> Merchant:
    return Merchant.objects.create(name="Halden", slug="halden", zone="Europe/Berlin")


def sent(shop: Merchant, *, carrier: str = "yunexpress", created_at: datetime = MONDAY, **more: str) -> Leg:
    """A parcel from China to Germany with one leg, opened with it and asked for until now."""
    with scopes_disabled():
        fields = {"origin_country": "CN", "destination_country": "DE"} | more
        shipment = Shipment.objects.create(merchant=shop, created_at=created_at, **fields)
        return Leg.objects.create(
            merchant=shop, shipment=shipment, position=1, carrier=carrier, number=f"YT{shipment.number}",
            evidence="registered", opened_at=created_at, last_checked_at=NOW,
        )  # fmt: skip


def scanned(leg: Leg, code: Code, hours: float, **more: object) -> None:
    """An event so many hours after Monday 14:00 in Shanghai."""
    fields: dict[str, object] = {
        "occurred_at": MONDAY + timedelta(hours=hours), "zone": "Asia/Shanghai", "country": "CN", "channel": "poll",
        "precision": "second", "time_source": "place", "received_at": NOW,
    }  # fmt: skip
    Event(
        merchant_id=leg.merchant_id, shipment_id=leg.shipment_id, leg_id=leg.id, identity=uuid4().hex,
        carrier=leg.carrier, code=code.value, **(fields | more),
    ).save(force_insert=True)  # fmt: skip


def counted(learned: Learned, level: Level, key: str) -> Counts:
    return learned.counts().get((level, key), Counts())


def test_a_dwell_is_counted_from_event_to_event_at_every_level(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.EXPORT_CUSTOMS_RELEASED, 0)
    scanned(leg, Code.LINEHAUL_DEPARTED, 5.5)  # Monday 19:30 in Shanghai
    learned = learn(NOW)
    expected = Counts()
    expected.count(14, 5.5)
    for level, key in (
        (Level.CODE, RELEASED),
        (Level.CARRIER_CODE, f"yunexpress|{RELEASED}"),
        (Level.LANE_CODE, f"CN-DE|{RELEASED}"),
        (Level.CARRIER_LANE_CODE, f"yunexpress|CN-DE|{RELEASED}"),
    ):
        assert counted(learned, level, key) == expected, level
    assert learned.dwells == 3  # with the wait for its first event, and what the departure began


def test_what_has_not_ended_is_open_with_the_age_at_which_it_was_last_asked(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.LINEHAUL_DEPARTED, 0)
    with scopes_disabled():
        Leg.objects.filter(pk=leg.pk).update(last_checked_at=MONDAY + timedelta(hours=50))
    expected = Counts()
    expected.count(14, 50, is_open=True)
    assert counted(learn(NOW), Level.PHASE, "linehaul") == expected


def test_one_scan_told_twice_is_one_event(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.EXPORT_CUSTOMS_RELEASED, 0)
    scanned(leg, Code.EXPORT_CUSTOMS_RELEASED, 0.05, channel="push")
    scanned(leg, Code.LINEHAUL_DEPARTED, 7)
    assert counted(learn(NOW), Level.CODE, RELEASED).dwells == 1


def test_a_note_keeps_the_phase_that_the_parcel_is_on(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.LINEHAUL_DEPARTED, 0)
    scanned(leg, Code.ANY_NOTE, 10)
    scanned(leg, Code.LINEHAUL_ARRIVED, 30)
    assert counted(learn(NOW), Level.CODE, f"linehaul|{Code.ANY_NOTE}").dwells == 1


def test_a_sorting_centre_is_of_the_side_it_lies_on_as_in_the_timeline(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.FIRST_MILE_ARRIVED_HUB, 0, country="DE", zone="Europe/Berlin")
    placed = HUBS[Code.FIRST_MILE_ARRIVED_HUB]["destination"]
    counts = counted(learn(NOW), Level.CODE, f"last_mile|{placed.value}")
    assert counts.dwells == 1
    assert counts.started_hour[7] == 1  # local is where it was scanned


def test_until_its_first_event_a_parcel_waits_at_the_seller(shop: Merchant) -> None:
    scanned(sent(shop), Code.FIRST_MILE_PICKED_UP, 30)
    counts = counted(learn(NOW), Level.CODE, "seller|")
    assert (counts.dwells, sum(counts.started_hour)) == (1, 0)
    assert counts == counted(learn(NOW), Level.PHASE, "seller")


def test_days_without_an_hour_and_events_before_the_parcel_are_left_out(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.LINEHAUL_DEPARTED, -24 * 100)  # an earlier parcel under the same number
    scanned(leg, Code.EXPORT_CUSTOMS_RELEASED, 0)
    scanned(leg, Code.LINEHAUL_ARRIVED, 60, precision="day")
    scanned(leg, Code.IMPORT_CUSTOMS_RELEASED, 90)
    learned = learn(NOW)
    assert counted(learned, Level.CODE, RELEASED).dwells == 0
    assert counted(learned, Level.PHASE, "linehaul").dwells == 0
    assert counted(learned, Level.PHASE, "import_customs").dwells == 1


def test_a_zone_that_nobody_knows_costs_the_hours_only(shop: Merchant) -> None:
    leg = sent(shop)
    scanned(leg, Code.LINEHAUL_DEPARTED, 0, zone="Mars/Olympus")
    scanned(leg, Code.LINEHAUL_ARRIVED, 20)
    counts = counted(learn(NOW), Level.CODE, f"linehaul|{Code.LINEHAUL_DEPARTED}")
    assert (sum(counts.ended), sum(counts.started_hour), sum(counts.next_hour)) == (1, 0, 0)


def test_shipments_of_more_than_half_a_year_ago_count_no_more(shop: Merchant) -> None:
    old = MONDAY - timedelta(days=200)
    scanned(sent(shop, created_at=old), Code.LINEHAUL_DEPARTED, -24 * 199)
    assert learn(NOW).dwells == 0


def test_merchants_learn_together_and_ranges_add_up(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Merchant.objects.create(name="Kestrel", slug="kestrel", zone="UTC")
    for index in range(7):
        leg = sent(shop if index % 2 else other)
        scanned(leg, Code.EXPORT_CUSTOMS_RELEASED, 0)
        scanned(leg, Code.LINEHAUL_DEPARTED, 4 + index)
    whole = learn(NOW)
    monkeypatch.setattr(dwell_learning, "SHIPMENTS_PER_RANGE", 2)
    parts = learn(NOW)
    assert parts.cells == whole.cells
    assert (parts.shipments, parts.dwells_of((Level.CODE, RELEASED))) == (7, 7)


def test_of_very_many_shipments_every_nth_range_is_taken(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(8):
        scanned(sent(shop), Code.LINEHAUL_DEPARTED, 0)
    monkeypatch.setattr(dwell_learning, "SHIPMENTS_PER_RANGE", 2)
    monkeypatch.setattr(dwell_learning, "MOST_SHIPMENTS", 4)
    assert learn(NOW).shipments == 4


def test_the_rarest_fine_cells_make_room_and_the_coarse_ones_keep_all(
    shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for carrier, parcels in (("yunexpress", 4), ("dhl", 2), ("usps", 1)):
        for _ in range(parcels):
            scanned(sent(shop, carrier=carrier, origin_country=""), Code.LINEHAUL_DEPARTED, 0)
    monkeypatch.setattr(dwell_learning, "MOST_HELD", 6)
    learned = learn(NOW)
    assert learned.dwells_of((Level.PHASE, "linehaul")) == 7
    key = f"linehaul|{Code.LINEHAUL_DEPARTED}"
    assert learned.dwells_of((Level.CARRIER_CODE, f"yunexpress|{key}")) == 4
    assert learned.dwells_of((Level.CARRIER_CODE, f"usps|{key}")) == 0


def _learned_with(shop: Merchant, hours: float, parcels: int = 3) -> Learned:
    for _ in range(parcels):
        leg = sent(shop)
        scanned(leg, Code.EXPORT_CUSTOMS_RELEASED, 0)
        scanned(leg, Code.LINEHAUL_DEPARTED, hours)
    return learn(NOW)


def test_cells_seen_less_than_three_times_are_not_kept(shop: Merchant) -> None:
    rare = sent(shop, carrier="usps")
    scanned(rare, Code.LINEHAUL_ARRIVED, 0)
    store(_learned_with(shop, 6))
    keys = set(DwellCell.objects.values_list("key", flat=True))
    assert f"yunexpress|{RELEASED}" in keys
    assert not any(key.startswith("usps") for key in keys)


def test_a_running_process_takes_new_tables_and_only_a_few_versions_stay(
    shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dwell_tables, "LOOK_EVERY_S", 0.0)
    held = Source()
    held.refresh()
    situation = Situation(
        phase=Phase.EXPORT_CUSTOMS, event_code=Code.EXPORT_CUSTOMS_RELEASED, carrier="yunexpress", lane="CN-DE"
    )
    prior = held.schedule.tables.quantile(situation, 0.5)
    learned = _learned_with(shop, 6)
    learned.cells = {cell: array("Q", [100 * count for count in counts]) for cell, counts in learned.cells.items()}
    for _ in range(7):
        store(learned)
    held.refresh()
    assert held.schedule.tables.quantile(situation, 0.5) != prior
    assert DwellVersion.objects.count() == dwell_learning.VERSIONS_KEPT
    assert held.version_id == DwellVersion.objects.latest("id").pk


def test_stored_tables_are_read_as_they_were_counted(shop: Merchant) -> None:
    learned = _learned_with(shop, 6)
    version = store(learned)
    assert version is not None
    packed = PackedCounts(version.pk)
    assert len(packed) == version.cells.count() > 3
    assert all(packed[cell] == learned.counts()[cell] for cell in packed)


def test_tables_of_another_release_are_left_alone(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    version = store(_learned_with(shop, 6))
    DwellCell.objects.filter(version=version).update(counts=[1, 2, 3])
    held = Source()
    held.refresh()
    situation = Situation(phase=Phase.LINEHAUL)
    assert held.schedule.tables.quantile(situation, 0.5) == Source().schedule.tables.quantile(situation, 0.5)


def test_a_fresh_site_has_the_priors_and_stores_nothing(db: None) -> None:
    assert store(learn(NOW)) is None
    assert dwell_learning.JOB.run(NOW) == "no dwells yet; the built-in priors hold"
    assert not DwellVersion.objects.exists()


def test_the_command_shows_what_was_learned(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dwell_learning.clock, "now", lambda: NOW)
    _learned_with(shop, 6)
    out = StringIO()
    call_command("learn_dwell", "--dry-run", stdout=out)
    assert not DwellVersion.objects.exists()
    call_command("learn_dwell", stdout=out)
    assert "export_customs" in out.getvalue()
    assert DwellVersion.objects.count() == 1


def test_every_event_code_names_its_phase_as_the_query_reads_it() -> None:
    names = {phase.value for phase in Phase}
    for code in Code:
        first = code.value.split(".")[0]
        assert (first if first in names else None) == (code.phase.value if code.phase else None), code


def test_ids_of_shipments_are_ordered_as_the_ranges_take_them(shop: Merchant) -> None:
    ids = [sent(shop).shipment_id for _ in range(3)]
    assert [after for after, _, _ in dwell_learning._ranges(MONDAY - timedelta(days=1))] == [UUID(int=0)]
    assert next(dwell_learning._ranges(MONDAY - timedelta(days=1)))[1] == max(ids)


def told_late(shop: Merchant, lag_h: float, *, asked_every_h: float, carrier: str = "yunexpress") -> None:
    """Ten parcels, scanned six times each; what the carrier shows so many hours later is found by the next call."""
    for parcel in range(10):
        leg = sent(shop, carrier=carrier)
        for scan in range(6):
            at_h = 1.3 * scan + 0.11 * parcel
            found_h = ceil((at_h + lag_h) / asked_every_h) * asked_every_h
            scanned(leg, Code.LINEHAUL_ARRIVED, at_h, received_at=MONDAY + timedelta(hours=found_h))


def test_how_late_a_carrier_tells_is_learned_and_has_its_calls_wait(
    shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_late(shop, 6, asked_every_h=0.5)
    told_late(shop, 0, asked_every_h=0.5, carrier="dhl")
    learned = learn(NOW)
    store(learned)
    assert learned.delays.lags_h() == {"yunexpress": 6.0, "dhl": 0.0}
    held = Source()
    held.refresh()
    monkeypatch.setattr(next_poll, "source", held)
    leg = sent(shop)
    with scopes_disabled():
        shipment = leg.shipment
    shipment.status, shipment.phase = "out_for_delivery", "last_mile"
    shipment.last_event_code, shipment.last_event_zone = Code.LAST_MILE_OUT_FOR_DELIVERY.value, "Europe/Berlin"
    shipment.last_event_at = NOW - timedelta(hours=7)
    late = next_poll.after_answer(shipment, leg, NOW)
    assert held.lag_h("yunexpress") == 6
    leg.carrier = "nobody knows"
    shipment.last_event_at += timedelta(hours=6)
    assert late == next_poll.after_answer(shipment, leg, NOW - timedelta(hours=6)) + timedelta(hours=6)


def test_our_own_waiting_is_no_lag(shop: Merchant) -> None:
    told_late(shop, 0, asked_every_h=6)
    assert learn(NOW).delays.lags_h() == {}
    for parcel in range(50):
        leg = sent(shop, carrier="usps")
        scanned(leg, Code.LINEHAUL_ARRIVED, parcel, channel="push", received_at=MONDAY + timedelta(hours=parcel + 1))
    assert learn(NOW).delays.lags_h() == {"usps": 1.0}


def test_a_lag_is_of_enough_events_of_the_last_month_and_of_two_days_at_most(shop: Merchant) -> None:
    leg = sent(shop)
    for event in range(49):
        scanned(leg, Code.LINEHAUL_ARRIVED, event, channel="push", received_at=NOW)
    scanned(leg, Code.LINEHAUL_ARRIVED, 0, channel="push", received_at=NOW - timedelta(days=31))
    assert learn(NOW).delays.lags_h() == {}
    scanned(leg, Code.LINEHAUL_ARRIVED, 0, channel="push", precision="day", received_at=NOW)
    assert learn(NOW).delays.lags_h() == {}
    scanned(leg, Code.LINEHAUL_ARRIVED, 0, channel="push", received_at=NOW)
    assert learn(NOW).delays.lags_h() == {"yunexpress": 48.0}
