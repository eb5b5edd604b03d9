"""Journeys that are stopped on the way and go on: at customs, at the airport, by silence, at the door."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, YUN, last
from carriers.sandbox.stories.stretches import announced, delivery, door, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Outage, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

STORIES = (
    Story(
        name="invoice_missing",
        title="Shenzhen to Munich: customs waits four days for an invoice",
        origin="shenzhen", destination="munich",
        legs=(YUN, last("dhl_unified", "dhl_20", told_h=186)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "LH731")),
            *on(
                0,
                scan(62, E.LINEHAUL_ARRIVED, "frankfurt", flight="LH731"),
                scan(68, E.IMPORT_CUSTOMS_PRESENTED, "frankfurt"),
                scan(76, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "frankfurt", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(174, E.IMPORT_CUSTOMS_RELEASED, "frankfurt"),
                scan(186, E.LAST_MILE_HANDED_OVER, "frankfurt"),
            ),
            *on(1, delivery("frankfurt", "munich"), start_h=192),
        ),
        ends=Status.DELIVERED, delivered_h=232,
    ),
    Story(
        name="sao_paulo_duty",
        title="Shenzhen to São Paulo: import charges to pay, and YunExpress tells the post's scans to the door",
        origin="shenzhen", destination="sao_paulo",
        legs=(Leg(carrier="yunexpress", role="whole", number="yunexpress"),),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "ET645")),
            *on(
                0,
                scan(90, E.LINEHAUL_ARRIVED, "curitiba", flight="ET645"),
                scan(98, E.IMPORT_CUSTOMS_PRESENTED, "curitiba"),
                scan(110, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "curitiba", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(180, E.IMPORT_CUSTOMS_RELEASED, "curitiba"),
                scan(190, E.LAST_MILE_HANDED_OVER, "curitiba"),
            ),
            *on(0, door("sao_paulo"), start_h=230),
        ),
        ends=Status.DELIVERED, delivered_h=244,
    ),
    Story(
        name="sao_paulo_quarantine",
        title="Guangzhou to São Paulo: quarantine opens the parcel, Yanwen tells all",
        origin="guangzhou", destination="sao_paulo",
        legs=(Leg(carrier="yanwen", role="whole", number="yanwen"),),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ8031")),
            *on(
                0,
                scan(92, E.LINEHAUL_ARRIVED, "sao_paulo", flight="CZ8031"),
                scan(100, E.IMPORT_CUSTOMS_PRESENTED, "sao_paulo"),
                scan(120, E.IMPORT_CUSTOMS_INSPECTION, "sao_paulo", why=Reason.CUSTOMS_QUARANTINE),
                scan(200, E.IMPORT_CUSTOMS_RELEASED, "sao_paulo"),
                scan(212, E.LAST_MILE_HANDED_OVER, "sao_paulo"),
            ),
            *on(0, door("sao_paulo"), start_h=250),
        ),
        ends=Status.DELIVERED, delivered_h=264,
    ),
    Story(
        name="duty_madrid",
        title="Hong Kong to Madrid: FedEx waits for duty and tax",
        origin="hong_kong", destination="madrid",
        legs=(Leg(carrier="fedex", role="whole", number="fedex"),),
        scans=on(
            0,
            scan(0, E.SELLER_LABEL_CREATED, "hong_kong"),
            scan(7, E.FIRST_MILE_PICKED_UP, "hong_kong"),
            scan(15, E.LINEHAUL_DEPARTED, "hong_kong"),
            scan(32, E.TRANSIT_COUNTRY_ARRIVED, "dubai"),
            scan(38, E.TRANSIT_COUNTRY_DEPARTED, "dubai"),
            scan(52, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "madrid"),
            scan(56, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "madrid", why=Reason.CUSTOMS_DUTIES_UNPAID),
            scan(104, E.IMPORT_CUSTOMS_RELEASED, "madrid"),
            scan(116, E.LAST_MILE_OUT_FOR_DELIVERY, "madrid"),
            scan(122, E.LAST_MILE_DELIVERED_SIGNED, "madrid"),
        ),
        ends=Status.DELIVERED, delivered_h=122, eta_h=120,
    ),
    Story(
        name="flight_cancelled",
        title="Hangzhou to Lyon: the flight is cancelled, the parcel re-booked",
        origin="hangzhou", destination="lyon",
        legs=(YANWEN, last("laposte", "laposte", told_h=160)),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "hangzhou"),
                scan(8, E.FIRST_MILE_PICKED_UP, "hangzhou"),
                scan(14, E.FIRST_MILE_ARRIVED_HUB, "hangzhou"),
                scan(30, E.EXPORT_CUSTOMS_RELEASED, "hangzhou"),
                scan(36, E.LINEHAUL_HANDED_TO_CARRIER, "hangzhou"),
                scan(44, E.LINEHAUL_DELAYED, "hangzhou", why=Reason.TRANSPORT_FLIGHT_CANCELLED),
                scan(116, E.LINEHAUL_DEPARTED, "hangzhou", flight="AF199"),
            ),
            *on(0, import_by_air("paris", "AF199"), start_h=132),
            *on(1, announced("paris"), start_h=120),
            *on(1, scan(168, E.LAST_MILE_ARRIVED_HUB, "lyon")),
            *on(1, scan(188, E.LAST_MILE_OUT_FOR_DELIVERY, "lyon"), scan(194, E.LAST_MILE_DELIVERED, "lyon")),
        ),
        ends=Status.DELIVERED, delivered_h=194,
    ),
    Story(
        name="attempts_then_pickup",
        title="Shenzhen to London: two attempts at the door, then collected at the counter",
        origin="shenzhen", destination="london",
        legs=(YUN, last("royalmail", "royalmail", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX255")),
            *on(0, import_by_air("london", "CX255"), start_h=62),
            *on(
                1,
                scan(96, E.LAST_MILE_ARRIVED_HUB, "london"),
                scan(110, E.LAST_MILE_OUT_FOR_DELIVERY, "london"),
                scan(116, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "london", why=Reason.CONSIGNEE_ABSENT),
                scan(134, E.LAST_MILE_OUT_FOR_DELIVERY, "london"),
                scan(140, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "london", why=Reason.CONSIGNEE_ABSENT),
                scan(144, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "london"),
                scan(168, E.LAST_MILE_DELIVERED_COLLECTED, "london"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=168,
    ),
    Story(
        name="card_left_vancouver",
        title="Guangzhou to Vancouver: Canada Post leaves a card, the buyer collects",
        origin="guangzhou", destination="vancouver",
        legs=(YANWEN, last("canadapost", "canadapost", told_h=100)),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ329")),
            *on(0, import_by_air("vancouver", "CZ329"), start_h=70),
            *on(1, announced("guangzhou"), start_h=40),
            *on(
                1,
                scan(106, E.LAST_MILE_ARRIVED_HUB, "vancouver"),
                scan(124, E.LAST_MILE_OUT_FOR_DELIVERY, "vancouver"),
                scan(130, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "vancouver", why=Reason.CONSIGNEE_ABSENT),
                scan(148, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "vancouver"),
                scan(170, E.LAST_MILE_DELIVERED, "vancouver"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=170,
    ),
    Story(
        name="misrouted",
        title="Guangzhou to Manchester: sent to the wrong delivery office and forwarded",
        origin="guangzhou", destination="manchester",
        legs=(YANWEN, last("royalmail", "royalmail", told_h=96)),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ303")),
            *on(0, import_by_air("london", "CZ303"), start_h=66),
            *on(
                1,
                scan(104, E.LAST_MILE_ARRIVED_HUB, "london"),
                scan(116, E.ANY_DELAYED_PROCESSING, "london", why=Reason.CARRIER_MISROUTED),
            ),
            *on(1, door("manchester", E.LAST_MILE_DELIVERED_SAFE_PLACE), start_h=136),
        ),
        ends=Status.DELIVERED, delivered_h=150,
    ),
    Story(
        name="silence",
        title="Shenzhen to Los Angeles: nothing for nine days, then as if nothing had been",
        origin="shenzhen", destination="los_angeles",
        legs=(YUN, last("usps", "usps", told_h=292)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "K4331")),
            *on(0, import_by_air("los_angeles", "K4331"), start_h=46 + 9 * 24),
            *on(1, scan(298, E.FIRST_MILE_PICKED_UP, "los_angeles")),
            *on(1, delivery("los_angeles", "los_angeles"), start_h=304),
        ),
        ends=Status.DELIVERED, delivered_h=344,
    ),
    Story(
        name="carrier_down",
        title="Shenzhen to Hamburg: DHL's service is down for twelve hours in the middle",
        origin="shenzhen", destination="hamburg",
        legs=(YUN, last("dhl_unified", "dhl_20", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX289")),
            *on(0, import_by_air("frankfurt", "CX289"), start_h=62),
            *on(1, delivery("frankfurt", "hamburg"), start_h=98),
        ),
        outages=(Outage(leg=1, from_h=108, to_h=120),),
        ends=Status.DELIVERED, delivered_h=138,
    ),
)  # fmt: skip
