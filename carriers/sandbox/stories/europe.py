"""Journeys within Europe and into it: lockers, parcel shops, hand-overs, and doors that stay shut."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, last
from carriers.sandbox.stories.stretches import announced, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

STORIES = (
    Story(
        name="gls_parcel_shop_munich",
        title="Hangzhou to Munich: GLS, nobody at home, then collected at a parcel shop",
        origin="hangzhou", destination="munich",
        legs=(YANWEN, last("gls", "gls", "merchant")),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK205")),
            *on(0, import_by_air("liege", "CK205"), start_h=64),
            *on(1, announced("liege"), start_h=84),
            *on(
                1,
                scan(98, E.FIRST_MILE_PICKED_UP, "liege"),
                scan(112, E.LAST_MILE_ARRIVED_HUB, "frankfurt"),
                scan(116, E.LAST_MILE_DEPARTED_HUB, "frankfurt"),
                scan(128, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "munich"),
                scan(133, E.LAST_MILE_OUT_FOR_DELIVERY, "munich"),
                scan(138, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "munich", why=Reason.CONSIGNEE_ABSENT),
                scan(142, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "munich"),
                scan(165, E.LAST_MILE_DELIVERED_COLLECTED, "munich"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=165,
    ),
    Story(
        name="inpost_locker_warsaw",
        title="Shenzhen to Warsaw: InPost, a locker that is reminded of and then emptied",
        origin="shenzhen", destination="warsaw",
        legs=(YANWEN, last("inpost", "inpost", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX301")),
            *on(0, import_by_air("liege", "CX301"), start_h=64),
            *on(1, announced("warsaw"), start_h=86),
            *on(
                1,
                scan(118, E.FIRST_MILE_PICKED_UP, "warsaw"),
                scan(124, E.FIRST_MILE_ARRIVED_HUB, "warsaw"),
                scan(140, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "warsaw"),
                scan(146, E.LAST_MILE_OUT_FOR_DELIVERY, "warsaw"),
                scan(150, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "warsaw"),
                scan(182, E.LAST_MILE_DELIVERED_COLLECTED, "warsaw"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=182,
    ),
    Story(
        name="hermes_missed_hamburg",
        title="Guangzhou to Hamburg: Hermes calls twice in vain, the parcel is collected at a PaketShop",
        origin="guangzhou", destination="hamburg",
        legs=(YANWEN, last("hermes_de", "hermes_de", told_h=94)),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ331")),
            *on(0, import_by_air("frankfurt", "CZ331"), start_h=62),
            *on(1, announced("frankfurt"), start_h=86),
            *on(
                1,
                scan(98, E.FIRST_MILE_PICKED_UP, "frankfurt"),
                scan(106, E.LAST_MILE_ARRIVED_HUB, "leipzig"),
                scan(122, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "hamburg"),
                scan(126, E.LAST_MILE_OUT_FOR_DELIVERY, "hamburg"),
                scan(132, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "hamburg", why=Reason.CONSIGNEE_ABSENT),
                scan(150, E.LAST_MILE_OUT_FOR_DELIVERY, "hamburg"),
                scan(156, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "hamburg", why=Reason.CONSIGNEE_ABSENT),
                scan(161, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "hamburg"),
                scan(204, E.LAST_MILE_DELIVERED_COLLECTED, "hamburg"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=204, eta_h=134,
    ),
    Story(
        name="tnt_customs_papers_manchester",
        title="Leipzig to Manchester: TNT, customs lacks papers, the business is closed at the first call",
        origin="leipzig", destination="manchester",
        legs=(Leg(carrier="tnt", role="whole", number="tnt"),),
        scans=on(
            0,
            scan(0, E.FIRST_MILE_PICKED_UP, "leipzig"),
            scan(4, E.FIRST_MILE_ARRIVED_HUB, "leipzig"),
            scan(12, E.LINEHAUL_DEPARTED, "leipzig"),
            scan(22, E.LINEHAUL_ARRIVED, "liege"),
            scan(34, E.IMPORT_CUSTOMS_PRESENTED, "london"),
            scan(36, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "london", why=Reason.CUSTOMS_DOCUMENTS_INCORRECT),
            scan(60, E.IMPORT_CUSTOMS_RELEASED, "london"),
            scan(78, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "manchester"),
            scan(81, E.LAST_MILE_OUT_FOR_DELIVERY, "manchester"),
            scan(86, E.LAST_MILE_ATTEMPT_FAILED_CLOSED, "manchester", why=Reason.CONSIGNEE_CLOSED),
            scan(105, E.LAST_MILE_OUT_FOR_DELIVERY, "manchester"),
            scan(109, E.LAST_MILE_DELIVERED, "manchester"),
        ),
        ends=Status.DELIVERED, delivered_h=109,
    ),
    Story(
        name="dpd_refused_madrid",
        title="Shanghai to Madrid: DPD, refused at the door and sent back",
        origin="shanghai", destination="madrid",
        legs=(YANWEN, last("dpd", "dpd", told_h=90)),
        scans=(
            *on(0, export_by_air("shanghai", "shanghai", "shanghai", "MU709")),
            *on(0, import_by_air("frankfurt", "MU709"), start_h=62),
            *on(
                1,
                scan(94, E.FIRST_MILE_PICKED_UP, "frankfurt"),
                scan(98, E.FIRST_MILE_ARRIVED_HUB, "frankfurt"),
                scan(118, E.LAST_MILE_ARRIVED_HUB, "paris"),
                scan(140, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "madrid"),
                scan(144, E.LAST_MILE_OUT_FOR_DELIVERY, "madrid"),
                scan(149, E.LAST_MILE_ATTEMPT_FAILED_REFUSED, "madrid", why=Reason.CONSIGNEE_REFUSED),
                scan(170, E.RETURN_STARTED, "madrid"),
                scan(260, E.RETURN_COMPLETED, "frankfurt"),
            ),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="geodis_address_lyon",
        title="Paris to Lyon: GEODIS asks for more of the address, then finds nobody, then delivers",
        origin="paris", destination="lyon",
        legs=(Leg(carrier="geodis", role="whole", number="geodis"),),
        scans=on(
            0,
            scan(0, E.SELLER_LABEL_CREATED, "paris"),
            scan(6, E.FIRST_MILE_PICKED_UP, "paris"),
            scan(9, E.FIRST_MILE_DEPARTED_HUB, "paris"),
            scan(22, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "lyon"),
            scan(27, E.LAST_MILE_HELD_DELIVERY_OFFICE, "lyon", why=Reason.CONSIGNEE_WRONG_ADDRESS),
            scan(74, E.LAST_MILE_OUT_FOR_DELIVERY, "lyon"),
            scan(79, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "lyon", why=Reason.CONSIGNEE_ABSENT),
            scan(98, E.LAST_MILE_OUT_FOR_DELIVERY, "lyon"),
            scan(103, E.LAST_MILE_DELIVERED, "lyon"),
        ),
        ends=Status.DELIVERED, delivered_h=103, eta_h=80,
    ),
)  # fmt: skip
