"""Journeys told in Chinese: 4PX and Cainiao to the hand-over, J&T within China, carriers asked through aggregators."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, last
from carriers.sandbox.stories.stretches import announced, door, export_by_air
from carriers.sandbox.story import Leg, Scan, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

FOUR_PX = Leg(carrier="fourpx", role="linehaul", number="fourpx")
CAINIAO = Leg(carrier="cainiao", role="linehaul", number="cainiao")


def _by_air(city: str, airport: str, flight: str) -> tuple[Scan, ...]:
    """As `export_by_air`, from the order on: neither tells of a label."""
    return (scan(0, E.SELLER_ORDER_CREATED, city), *export_by_air(city, city, airport, flight)[1:])


STORIES = (
    Story(
        name="fourpx_tax_number_paris",
        title="Guangzhou to Paris: customs waits for the buyer's tax number, then 4PX's order names La Poste's",
        origin="guangzhou", destination="paris",
        legs=(FOUR_PX, last("laposte", "laposte", told_h=150)),
        scans=(
            *on(0, _by_air("guangzhou", "guangzhou", "CZ347")),
            *on(
                0,
                scan(62, E.LINEHAUL_ARRIVED, "paris", flight="CZ347"),
                scan(68, E.IMPORT_CUSTOMS_PRESENTED, "paris"),
                scan(76, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "paris", why=Reason.CUSTOMS_RECIPIENT_ID_REQUIRED),
                scan(140, E.IMPORT_CUSTOMS_RELEASED, "paris"),
                scan(150, E.LAST_MILE_HANDED_OVER, "paris"),
            ),
            *on(1, announced("paris"), start_h=130),
            *on(1, scan(158, E.LAST_MILE_ARRIVED_HUB, "paris")),
            *on(1, scan(176, E.LAST_MILE_OUT_FOR_DELIVERY, "paris"), scan(182, E.LAST_MILE_DELIVERED, "paris")),
        ),
        ends=Status.DELIVERED, delivered_h=182,
    ),
    Story(
        name="cainiao_duty_london",
        title="Hangzhou to London: import duty to pay, then Cainiao names Royal Mail's number",
        origin="hangzhou", destination="london",
        legs=(CAINIAO, last("royalmail", "royalmail", told_h=160)),
        scans=(
            *on(0, _by_air("hangzhou", "hangzhou", "CK261")),
            *on(
                0,
                scan(64, E.LINEHAUL_ARRIVED, "london"),
                scan(70, E.IMPORT_CUSTOMS_PRESENTED, "london"),
                scan(84, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "london", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(150, E.IMPORT_CUSTOMS_RELEASED, "london"),
                scan(160, E.LAST_MILE_HANDED_OVER, "london"),
            ),
            *on(1, scan(168, E.LAST_MILE_ARRIVED_HUB, "london")),
            *on(1, door("london", E.LAST_MILE_DELIVERED_SAFE_PLACE), start_h=176),
        ),
        ends=Status.DELIVERED, delivered_h=190,
    ),
    Story(
        name="cainiao_station_utrecht",
        title="Shenzhen to Utrecht: Cainiao tells all; the station signs, and the buyer fetches it two days later",
        origin="shenzhen", destination="utrecht",
        legs=(Leg(carrier="cainiao", role="whole", number="cainiao"),),
        scans=(
            *on(0, _by_air("shenzhen", "hong_kong", "CX295")),
            *on(
                0,
                scan(60, E.LINEHAUL_ARRIVED, "liege"),
                scan(66, E.IMPORT_CUSTOMS_PRESENTED, "liege"),
                scan(80, E.IMPORT_CUSTOMS_RELEASED, "liege"),
                scan(90, E.LAST_MILE_ARRIVED_HUB, "utrecht"),
                scan(104, E.LAST_MILE_OUT_FOR_DELIVERY, "utrecht"),
                scan(108, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "utrecht"),
                scan(152, E.LAST_MILE_DELIVERED_COLLECTED, "utrecht"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=152,
    ),
    Story(
        name="jt_station_beijing",
        title="Guangzhou to Beijing: J&T finds nobody at home, and the parcel is fetched at a station",
        origin="guangzhou", destination="beijing",
        legs=(Leg(carrier="jt_express_cn", role="whole", number="jt_express_cn"),),
        scans=on(
            0,
            scan(0, E.FIRST_MILE_PICKED_UP, "guangzhou"),
            scan(6, E.FIRST_MILE_DEPARTED_HUB, "guangzhou"),
            scan(40, E.LAST_MILE_ARRIVED_HUB, "beijing"),
            scan(50, E.LAST_MILE_OUT_FOR_DELIVERY, "beijing"),
            scan(54, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "beijing", why=Reason.CONSIGNEE_ABSENT),
            scan(58, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "beijing"),
            scan(80, E.LAST_MILE_DELIVERED_COLLECTED, "beijing"),
        ),
        ends=Status.DELIVERED, delivered_h=80,
    ),
    Story(
        name="china_post_london",
        title="Guangzhou to London: export customs looks at it; China Post is asked through Kuaidi100",
        origin="guangzhou", destination="london",
        legs=(
            Leg(carrier="china_post", role="linehaul", number="kuaidi100", asked="kuaidi100"),
            last("royalmail", "kuaidi100", "same_number"),
        ),
        scans=(
            *on(
                0,
                scan(0, E.FIRST_MILE_PICKED_UP, "guangzhou"),
                scan(8, E.FIRST_MILE_ARRIVED_HUB, "guangzhou"),
                scan(14, E.FIRST_MILE_DEPARTED_HUB, "guangzhou"),
                scan(22, E.EXPORT_CUSTOMS_PRESENTED, "guangzhou"),
                scan(28, E.EXPORT_CUSTOMS_HELD, "guangzhou", why=Reason.CUSTOMS_INSPECTION),
                scan(70, E.EXPORT_CUSTOMS_RELEASED, "guangzhou"),
                scan(78, E.LINEHAUL_HANDED_TO_CARRIER, "guangzhou"),
                scan(84, E.LINEHAUL_DEPARTED, "guangzhou"),
                scan(100, E.LINEHAUL_ARRIVED, "london"),
                scan(106, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "london"),
            ),
            *on(
                1,
                scan(108, E.IMPORT_CUSTOMS_PRESENTED, "london"),
                scan(120, E.IMPORT_CUSTOMS_RELEASED, "london"),
                scan(128, E.LAST_MILE_ARRIVED_HUB, "london"),
            ),
            *on(1, door("london", E.LAST_MILE_DELIVERED_SIGNED), start_h=140),
        ),
        ends=Status.DELIVERED, delivered_h=154,
    ),
    Story(
        name="yto_refused_beijing",
        title="Hangzhou to Beijing: refused at the door and sent back; YTO is asked through KDNiao",
        origin="hangzhou", destination="beijing",
        legs=(Leg(carrier="yto", role="whole", number="kdniao", asked="kdniao"),),
        scans=on(
            0,
            scan(0, E.FIRST_MILE_PICKED_UP, "hangzhou"),
            scan(6, E.FIRST_MILE_DEPARTED_HUB, "hangzhou"),
            scan(30, E.LAST_MILE_ARRIVED_HUB, "beijing"),
            scan(40, E.LAST_MILE_OUT_FOR_DELIVERY, "beijing"),
            scan(44, E.LAST_MILE_ATTEMPT_FAILED_REFUSED, "beijing", why=Reason.CONSIGNEE_REFUSED),
            scan(54, E.RETURN_IN_TRANSIT, "beijing"),
            scan(90, E.RETURN_COMPLETED, "hangzhou"),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="singapore_post_invoice",
        title="Hangzhou to Singapore: customs waits for an invoice; Singapore Post is asked through 17TRACK",
        origin="hangzhou", destination="singapore",
        legs=(
            YANWEN,
            Leg(carrier="singapore_post", role="last_mile", number="track17", asked="track17",
                told_by="answer", told_h=40),
        ),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "SQ833")),
            *on(0, scan(58, E.LINEHAUL_ARRIVED, "singapore", flight="SQ833")),
            *on(1, announced("singapore"), start_h=42),
            *on(
                1,
                scan(64, E.IMPORT_CUSTOMS_PRESENTED, "singapore"),
                scan(70, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "singapore", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(130, E.IMPORT_CUSTOMS_RELEASED, "singapore"),
                scan(140, E.LAST_MILE_ARRIVED_HUB, "singapore"),
                scan(152, E.LAST_MILE_OUT_FOR_DELIVERY, "singapore"),
                scan(158, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "singapore", why=Reason.CONSIGNEE_ABSENT),
                scan(176, E.LAST_MILE_OUT_FOR_DELIVERY, "singapore"),
                scan(182, E.LAST_MILE_DELIVERED, "singapore"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=182,
    ),
)  # fmt: skip
