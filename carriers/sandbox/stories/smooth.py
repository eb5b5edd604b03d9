"""Journeys that go well, each over another pair of carriers."""

from __future__ import annotations

from carriers.sandbox.stories.stretches import announced, delivery, door, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Status

YUN = Leg(carrier="yunexpress", role="linehaul", number="yunexpress")
YANWEN = Leg(carrier="yanwen", role="linehaul", number="yanwen")


def last(carrier: str, number: str, told_by: str = "answer", told_h: float = 0.0) -> Leg:
    """The leg to the door."""
    return Leg(carrier=carrier, role="last_mile", number=number, told_by=told_by, told_h=told_h)


STORIES = (
    Story(
        name="shenzhen_berlin",
        title="Shenzhen to Berlin: YunExpress, the airline and a broker, then DHL under a new number",
        origin="shenzhen", destination="berlin",
        legs=(YUN, last("dhl_parcel_de", "dhl_parcel_de", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX289")),
            *on(0, import_by_air("frankfurt", "CX289"), start_h=62),
            *on(1, announced("frankfurt"), start_h=88),
            *on(1, delivery("frankfurt", "berlin"), start_h=98),
        ),
        ends=Status.DELIVERED, delivered_h=138, eta_h=140,
    ),
    Story(
        name="hangzhou_hamburg",
        title="Hangzhou to Hamburg: Yanwen names DHL's number and repeats DHL's scans",
        origin="hangzhou", destination="hamburg",
        legs=(YANWEN, last("dhl_parcel_de", "dhl_parcel_de", told_h=90)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK205")),
            *on(0, import_by_air("liege", "CK205"), start_h=64),
            *on(1, delivery("leipzig", "hamburg"), start_h=100),
            *on(0, scan(133, E.LAST_MILE_OUT_FOR_DELIVERY, "hamburg"), scan(140, E.LAST_MILE_DELIVERED, "hamburg")),
        ),
        ends=Status.DELIVERED, delivered_h=140, eta_h=150,
    ),
    Story(
        name="s10_london",
        title="Guangzhou to London: one S10 number at both posts, the hand-over told twice",
        origin="guangzhou", destination="london",
        legs=(
            Leg(carrier="yanwen", role="linehaul", number="s10_cn"),
            last("royalmail", "s10_cn", "same_number"),
        ),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ303")),
            *on(0, import_by_air("london", "CZ303"), start_h=66),
            *on(1, announced("guangzhou"), start_h=30),
            *on(
                1,
                scan(66, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "london"),
                scan(72, E.IMPORT_CUSTOMS_PRESENTED, "london"),
                scan(86, E.IMPORT_CUSTOMS_RELEASED, "london"),
                scan(96, E.LAST_MILE_ARRIVED_HUB, "london"),
            ),
            *on(1, door("london", E.LAST_MILE_DELIVERED_SIGNED), start_h=110),
            *on(0, scan(117, E.LAST_MILE_OUT_FOR_DELIVERY, "london"), scan(124, E.LAST_MILE_DELIVERED, "london")),
        ),
        ends=Status.DELIVERED, delivered_h=124,
    ),
    Story(
        name="shenzhen_los_angeles",
        title="Shenzhen to Los Angeles: YunExpress, then USPS",
        origin="shenzhen", destination="los_angeles",
        legs=(YUN, last("usps", "usps", told_h=94)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "K4123")),
            *on(0, import_by_air("los_angeles", "K4123"), start_h=64),
            *on(1, announced("los_angeles"), start_h=80),
            *on(1, scan(96, E.FIRST_MILE_PICKED_UP, "los_angeles")),
            *on(1, delivery("los_angeles", "los_angeles"), start_h=104),
        ),
        ends=Status.DELIVERED, delivered_h=144, eta_h=150,
    ),
    Story(
        name="fedex_to_usps",
        title="Shanghai to Chicago: FedEx, the last mile by USPS",
        origin="shanghai", destination="chicago",
        legs=(
            Leg(carrier="fedex", role="linehaul", number="fedex"),
            last("usps", "usps_smartpost", told_h=82),
        ),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "shanghai"),
                scan(6, E.FIRST_MILE_PICKED_UP, "shanghai"),
                scan(16, E.LINEHAUL_DEPARTED, "shanghai"),
                scan(34, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "memphis"),
                scan(46, E.IMPORT_CUSTOMS_RELEASED, "memphis"),
                scan(60, E.LAST_MILE_DEPARTED_HUB, "memphis"),
                scan(82, E.ANY_NOTE, "chicago"),
            ),
            *on(1, announced("chicago"), start_h=80),
            *on(1, scan(90, E.FIRST_MILE_PICKED_UP, "chicago")),
            *on(1, door("chicago"), start_h=104),
        ),
        ends=Status.DELIVERED, delivered_h=118, eta_h=130,
    ),
    Story(
        name="ups_mail_innovations",
        title="Shanghai to New York: UPS Mail Innovations, the post brings it under the alternate number",
        origin="shanghai", destination="new_york",
        legs=(Leg(carrier="ups", role="linehaul", number="ups"), last("usps", "usps_mi", told_h=78)),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "shanghai"),
                scan(8, E.FIRST_MILE_PICKED_UP, "shanghai"),
                scan(20, E.LINEHAUL_DEPARTED, "shanghai"),
                scan(40, E.IMPORT_CUSTOMS_RELEASED, "louisville"),
                scan(52, E.LAST_MILE_DEPARTED_HUB, "louisville"),
                scan(78, E.LAST_MILE_HANDED_OVER, "new_york"),
            ),
            *on(1, scan(86, E.FIRST_MILE_PICKED_UP, "new_york")),
            *on(1, door("new_york"), start_h=100),
        ),
        ends=Status.DELIVERED, delivered_h=114,
    ),
    Story(
        name="sf_toronto",
        title="Shenzhen to Toronto: SF Express, then Canada Post; the merchant knew both numbers",
        origin="shenzhen", destination="toronto",
        legs=(
            Leg(carrier="sf_express", role="linehaul", number="sf_express"),
            last("canadapost", "canadapost", "merchant"),
        ),
        scans=(
            *on(
                0,
                scan(0, E.FIRST_MILE_PICKED_UP, "shenzhen"),
                scan(6, E.FIRST_MILE_ARRIVED_HUB, "shenzhen"),
                scan(12, E.FIRST_MILE_DEPARTED_HUB, "shenzhen"),
                scan(40, E.IMPORT_CUSTOMS_PRESENTED, "toronto"),
                scan(58, E.IMPORT_CUSTOMS_RELEASED, "toronto"),
            ),
            *on(1, announced("shenzhen"), start_h=2),
            *on(1, scan(66, E.LAST_MILE_ARRIVED_HUB, "mississauga"), scan(80, E.LAST_MILE_DEPARTED_HUB, "mississauga")),
            *on(1, door("toronto"), start_h=90),
        ),
        ends=Status.DELIVERED, delivered_h=104, eta_h=110,
    ),
    Story(
        name="shenzhen_paris",
        title="Shenzhen to Paris: YunExpress, then La Poste",
        origin="shenzhen", destination="paris",
        legs=(YUN, last("laposte", "laposte", told_h=90)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "AF185")),
            *on(0, import_by_air("paris", "AF185"), start_h=60),
            *on(1, announced("paris"), start_h=70),
            *on(1, scan(96, E.LAST_MILE_ARRIVED_HUB, "paris")),
            *on(1, scan(116, E.LAST_MILE_OUT_FOR_DELIVERY, "paris"), scan(122, E.LAST_MILE_DELIVERED, "paris")),
        ),
        ends=Status.DELIVERED, delivered_h=122, eta_h=124,
    ),
    Story(
        name="shenzhen_manchester",
        title="Shenzhen to Manchester: YunExpress, then Royal Mail, left with a neighbour",
        origin="shenzhen", destination="manchester",
        legs=(YUN, last("royalmail", "royalmail", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX259")),
            *on(0, import_by_air("london", "CX259"), start_h=62),
            *on(1, announced("london"), start_h=86),
            *on(1, scan(98, E.LAST_MILE_ARRIVED_HUB, "london")),
            *on(1, door("manchester", E.LAST_MILE_DELIVERED_NEIGHBOUR), start_h=112),
        ),
        ends=Status.DELIVERED, delivered_h=126,
    ),
    Story(
        name="sf_locker",
        title="Shanghai to Hong Kong: SF Express, into a locker and out of it",
        origin="shanghai", destination="hong_kong",
        legs=(Leg(carrier="sf_express", role="whole", number="sf_express"),),
        scans=on(
            0,
            scan(0, E.FIRST_MILE_PICKED_UP, "shanghai"),
            scan(5, E.FIRST_MILE_ARRIVED_HUB, "shanghai"),
            scan(9, E.FIRST_MILE_DEPARTED_HUB, "shanghai"),
            scan(22, E.IMPORT_CUSTOMS_PRESENTED, "hong_kong"),
            scan(27, E.IMPORT_CUSTOMS_RELEASED, "hong_kong"),
            scan(33, E.LAST_MILE_OUT_FOR_DELIVERY, "hong_kong"),
            scan(36, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "hong_kong"),
            scan(45, E.LAST_MILE_DELIVERED_COLLECTED, "hong_kong"),
        ),
        ends=Status.DELIVERED, delivered_h=45,
    ),
    Story(
        name="auckland_honolulu",
        title="Tokyo by way of Auckland to Honolulu: local times without a zone across the date line",
        origin="tokyo", destination="honolulu",
        legs=(Leg(carrier="dhl_unified", role="whole", number="dhl_jjd"),),
        scans=on(
            0,
            scan(0, E.FIRST_MILE_PICKED_UP, "tokyo"),
            scan(8, E.FIRST_MILE_DEPARTED_HUB, "tokyo"),
            scan(22, E.TRANSIT_COUNTRY_ARRIVED, "auckland"),
            scan(30, E.TRANSIT_COUNTRY_DEPARTED, "auckland"),
            scan(40, E.LAST_MILE_ARRIVED_HUB, "honolulu"),
            scan(44, E.IMPORT_CUSTOMS_RELEASED, "honolulu"),
            scan(50, E.LAST_MILE_OUT_FOR_DELIVERY, "honolulu"),
            scan(54, E.LAST_MILE_DELIVERED, "honolulu"),
        ),
        ends=Status.DELIVERED, delivered_h=54, eta_h=53,
    ),
)  # fmt: skip
