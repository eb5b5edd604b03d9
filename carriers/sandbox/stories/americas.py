"""Journeys to the Americas and over consolidators, and one each to the Gulf and to South-East Asia."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YUN, last
from carriers.sandbox.stories.stretches import announced, delivery, door, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status


def last_through(asked: str, carrier: str, number: str, told_h: float) -> Leg:
    """The leg to the door, whose carrier is asked through another's API."""
    return Leg(carrier=carrier, asked=asked, role="last_mile", number=number, told_by="answer", told_h=told_h)


STORIES = (
    Story(
        name="cash_declined_riyadh",
        title="Shenzhen to Riyadh: YunExpress, then Aramex; customs want the invoice, the cash is declined once",
        origin="shenzhen", destination="riyadh",
        legs=(YUN, last("aramex", "aramex", "merchant")),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX645")),
            *on(0, scan(60, E.LINEHAUL_ARRIVED, "riyadh", flight="CX645")),
            *on(1, announced("shenzhen"), start_h=2),
            *on(
                1,
                scan(64, E.IMPORT_CUSTOMS_PRESENTED, "riyadh"),
                scan(80, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "riyadh", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(122, E.IMPORT_CUSTOMS_RELEASED, "riyadh"),
                scan(128, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "riyadh"),
                scan(136, E.LAST_MILE_OUT_FOR_DELIVERY, "riyadh"),
                scan(143, E.LAST_MILE_ATTEMPT_FAILED_PAYMENT, "riyadh", why=Reason.CONSIGNEE_PAYMENT),
                scan(160, E.LAST_MILE_OUT_FOR_DELIVERY, "riyadh"),
                scan(166, E.LAST_MILE_DELIVERED, "riyadh"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=166,
    ),
    Story(
        name="new_number_to_calgary",
        title="Shenzhen to Calgary: YunExpress, then Purolator, which gives the parcel a second number at its hub",
        origin="shenzhen", destination="calgary",
        legs=(
            YUN,
            Leg(carrier="purolator", role="linehaul", number="purolator", told_by="merchant"),
            last("purolator", "purolator", told_h=104),
        ),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "AC8")),
            *on(0, import_by_air("vancouver", "AC8"), start_h=62),
            *on(1, announced("vancouver"), start_h=90),
            *on(1, scan(96, E.FIRST_MILE_PICKED_UP, "vancouver"), scan(104, E.LAST_MILE_HANDED_OVER, "vancouver")),
            *on(2, scan(105, E.LAST_MILE_DEPARTED_HUB, "vancouver")),
            *on(
                2,
                scan(120, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "calgary"),
                scan(128, E.LAST_MILE_OUT_FOR_DELIVERY, "calgary"),
                scan(136, E.LAST_MILE_ATTEMPT_FAILED_CLOSED, "calgary", why=Reason.CONSIGNEE_CLOSED),
                scan(152, E.LAST_MILE_OUT_FOR_DELIVERY, "calgary"),
                scan(158, E.LAST_MILE_DELIVERED, "calgary"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=158,
    ),
    Story(
        name="customs_issue_toronto",
        title="Brussels to Toronto: Landmark Global, held by customs without a word why, then Canada Post",
        origin="brussels", destination="toronto",
        legs=(
            Leg(carrier="landmark_global", role="linehaul", number="landmark_global"),
            last("canadapost", "canadapost", told_h=92),
        ),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "brussels"),
                scan(10, E.FIRST_MILE_ARRIVED_HUB, "brussels"),
                scan(16, E.IMPORT_CUSTOMS_DECLARED, "brussels"),
                scan(22, E.LINEHAUL_DEPARTED, "brussels"),
                scan(36, E.LINEHAUL_ARRIVED, "mississauga"),
                scan(44, E.IMPORT_CUSTOMS_HELD, "mississauga"),
                scan(84, E.IMPORT_CUSTOMS_RELEASED, "mississauga"),
                scan(92, E.LAST_MILE_HANDED_OVER, "mississauga"),
            ),
            *on(1, announced("mississauga"), start_h=90),
            *on(1, scan(98, E.LAST_MILE_ARRIVED_HUB, "mississauga")),
            *on(1, door("toronto"), start_h=110),
        ),
        ends=Status.DELIVERED, delivered_h=124, eta_h=130,
    ),
    Story(
        name="clearance_incomplete_paris",
        title="New York to Paris: Asendia, whose clearance was incomplete, then La Poste",
        origin="new_york", destination="paris",
        legs=(Leg(carrier="asendia", role="linehaul", number="asendia"), last("laposte", "laposte", "merchant")),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "new_york"),
                scan(12, E.FIRST_MILE_ARRIVED_HUB, "new_york"),
                scan(18, E.FIRST_MILE_DEPARTED_HUB, "new_york"),
                scan(26, E.EXPORT_CUSTOMS_RELEASED, "new_york"),
                scan(44, E.LINEHAUL_ARRIVED, "paris"),
                scan(46, E.IMPORT_CUSTOMS_PRESENTED, "paris"),
                scan(58, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "paris", why=Reason.CUSTOMS_DOCUMENTS_INCORRECT),
                scan(106, E.IMPORT_CUSTOMS_RELEASED, "paris"),
                scan(112, E.LAST_MILE_HANDED_OVER, "paris"),
            ),
            *on(1, announced("paris"), start_h=108),
            *on(1, scan(116, E.LAST_MILE_ARRIVED_HUB, "paris")),
            *on(1, scan(130, E.LAST_MILE_OUT_FOR_DELIVERY, "paris"), scan(136, E.LAST_MILE_DELIVERED, "paris")),
        ),
        ends=Status.DELIVERED, delivered_h=136,
    ),
    Story(
        name="amazon_new_york",
        title="Shenzhen to New York: YunExpress, then Amazon Shipping; nobody there, then left with a neighbour",
        origin="shenzhen", destination="new_york",
        legs=(YUN, last_through("amazon_shipping", "amazon", "amazon_shipping", 92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "K4207")),
            *on(0, import_by_air("new_york", "K4207"), start_h=64),
            *on(1, announced("new_york"), start_h=80),
            *on(
                1,
                scan(96, E.FIRST_MILE_PICKED_UP, "new_york"),
                scan(102, E.LAST_MILE_ARRIVED_HUB, "new_york"),
                scan(112, E.LAST_MILE_OUT_FOR_DELIVERY, "new_york"),
                scan(118, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "new_york", why=Reason.CONSIGNEE_ABSENT),
                scan(136, E.LAST_MILE_OUT_FOR_DELIVERY, "new_york"),
                scan(141, E.LAST_MILE_DELIVERED_NEIGHBOUR, "new_york"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=141, eta_h=120,
    ),
    Story(
        name="refused_in_singapore",
        title="Shenzhen to Singapore: YunExpress, then Ninja Van; customs want the invoice, the buyer refuses it",
        origin="shenzhen", destination="singapore",
        legs=(YUN, last("ninja_van", "ninja_van", told_h=52)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "SQ851")),
            *on(0, scan(52, E.LINEHAUL_ARRIVED, "singapore", flight="SQ851")),
            *on(1, announced("shenzhen"), start_h=20),
            *on(
                1,
                scan(54, E.LINEHAUL_ARRIVED, "singapore"),
                scan(60, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "singapore", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(100, E.IMPORT_CUSTOMS_RELEASED, "singapore"),
                scan(106, E.LAST_MILE_HANDED_OVER, "singapore"),
                scan(112, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "singapore"),
                scan(120, E.LAST_MILE_OUT_FOR_DELIVERY, "singapore"),
                scan(126, E.LAST_MILE_ATTEMPT_FAILED_REFUSED, "singapore", why=Reason.CONSIGNEE_REFUSED),
                scan(130, E.RETURN_STARTED, "singapore"),
                scan(150, E.RETURN_IN_TRANSIT, "singapore"),
                scan(160, E.RETURN_COMPLETED, "singapore"),
            ),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="locker_in_berlin_seko",
        title="London to Berlin: SEKO alone, inspected by customs, into a locker and out of it",
        origin="london", destination="berlin",
        legs=(Leg(carrier="seko", role="whole", number="seko"),),
        scans=on(
            0,
            scan(0, E.SELLER_LABEL_CREATED, "london"),
            scan(20, E.FIRST_MILE_ARRIVED_HUB, "london"),
            scan(26, E.LINEHAUL_DEPARTED, "london"),
            scan(40, E.LINEHAUL_ARRIVED, "leipzig"),
            scan(44, E.IMPORT_CUSTOMS_INSPECTION, "leipzig", why=Reason.CUSTOMS_INSPECTION),
            scan(70, E.IMPORT_CUSTOMS_RELEASED, "leipzig"),
            scan(74, E.LAST_MILE_HANDED_OVER, "leipzig"),
            scan(84, E.LAST_MILE_ARRIVED_HUB, "berlin"),
            scan(92, E.LAST_MILE_OUT_FOR_DELIVERY, "berlin"),
            scan(97, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "berlin"),
            scan(120, E.LAST_MILE_DELIVERED_COLLECTED, "berlin"),
        ),
        ends=Status.DELIVERED, delivered_h=120,
    ),
    Story(
        name="invoice_missing_london_spring",
        title="Utrecht to London: Spring, whose parcel lacks the invoice for customs, then Royal Mail",
        origin="utrecht", destination="london",
        legs=(Leg(carrier="spring", role="linehaul", number="spring"), last("royalmail", "royalmail", told_h=74)),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_ORDER_CREATED, "utrecht"),
                scan(8, E.FIRST_MILE_ARRIVED_HUB, "utrecht"),
                scan(20, E.LINEHAUL_DEPARTED_EXPORT_OFFICE, "utrecht"),
                scan(32, E.LINEHAUL_ARRIVED, "london"),
                scan(36, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "london", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(70, E.IMPORT_CUSTOMS_RELEASED, "london"),
            ),
            *on(1, announced("london"), start_h=70),
            *on(1, scan(78, E.LAST_MILE_ARRIVED_HUB, "london"), scan(90, E.LAST_MILE_OUT_FOR_DELIVERY, "london")),
            *on(1, scan(95, E.LAST_MILE_DELIVERED_SAFE_PLACE, "london")),
        ),
        ends=Status.DELIVERED, delivered_h=95,
    ),
    Story(
        name="storm_los_angeles_ontrac",
        title="Shenzhen to Los Angeles: YunExpress, then OnTrac, asked through EasyPost; a storm holds it a day",
        origin="shenzhen", destination="los_angeles",
        legs=(YUN, last_through("easypost", "ontrac", "ontrac", 94)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "K4123")),
            *on(0, import_by_air("los_angeles", "K4123"), start_h=64),
            *on(1, announced("los_angeles"), start_h=80),
            *on(1, scan(98, E.FIRST_MILE_ARRIVED_HUB, "los_angeles")),
            *on(1, scan(104, E.ANY_DELAYED_WEATHER, "los_angeles", why=Reason.NATURE_WEATHER)),
            *on(1, delivery("los_angeles", "los_angeles"), start_h=118),
        ),
        ends=Status.DELIVERED, delivered_h=158, eta_h=160,
    ),
)  # fmt: skip
