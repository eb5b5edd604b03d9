"""Journeys by posts of Europe: import costs to pay, papers missing, pick-up points, one number at two posts."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, YUN, last
from carriers.sandbox.stories.stretches import announced, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

STORIES = (
    Story(
        name="utrecht_import_costs",
        title="Shenzhen to Utrecht: a sample check, import costs to pay, then PostNL leaves it with a neighbour",
        origin="shenzhen", destination="utrecht",
        legs=(YUN, last("postnl", "postnl", told_h=60)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "KL888")),
            *on(0, scan(62, E.LINEHAUL_ARRIVED, "utrecht", flight="KL888")),
            *on(1, announced("utrecht"), start_h=50),
            *on(
                1,
                scan(66, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "utrecht"),
                scan(72, E.IMPORT_CUSTOMS_DECLARED, "utrecht"),
                scan(80, E.IMPORT_CUSTOMS_INSPECTION, "utrecht", why=Reason.CUSTOMS_INSPECTION),
                scan(96, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "utrecht", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(150, E.IMPORT_CUSTOMS_RELEASED, "utrecht"),
                scan(164, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "utrecht"),
                scan(169, E.LAST_MILE_OUT_FOR_DELIVERY, "utrecht"),
                scan(174, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "utrecht", why=Reason.CONSIGNEE_ABSENT),
                scan(193, E.LAST_MILE_OUT_FOR_DELIVERY, "utrecht"),
                scan(198, E.LAST_MILE_DELIVERED_NEIGHBOUR, "utrecht"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=198, eta_h=174,
    ),
    Story(
        name="brussels_pickup_point",
        title="Hangzhou to Brussels: bpost waits for the import costs, the parcel for its buyer",
        origin="hangzhou", destination="brussels",
        legs=(YANWEN, last("bpost", "bpost", told_h=70)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK205")),
            *on(0, scan(64, E.LINEHAUL_ARRIVED, "liege", flight="CK205")),
            *on(1, announced("brussels"), start_h=58),
            *on(
                1,
                scan(76, E.IMPORT_CUSTOMS_PRESENTED, "brussels"),
                scan(90, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "brussels", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(140, E.IMPORT_CUSTOMS_RELEASED, "brussels"),
                scan(152, E.LAST_MILE_ARRIVED_HUB, "brussels"),
                scan(160, E.LAST_MILE_OUT_FOR_DELIVERY, "brussels"),
                scan(165, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "brussels", why=Reason.CONSIGNEE_ABSENT),
                scan(184, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "brussels"),
                scan(214, E.LAST_MILE_DELIVERED_COLLECTED, "brussels"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=214, eta_h=165,
    ),
    Story(
        name="malmo_parcel_locker",
        title="Guangzhou to Malmö: one S10 number at both; PostNord asks for VAT, then fills a parcel locker",
        origin="guangzhou", destination="malmo",
        legs=(
            Leg(carrier="yanwen", role="linehaul", number="s10_cn"),
            last("postnord", "s10_cn", "same_number"),
        ),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ8075")),
            *on(0, scan(62, E.LINEHAUL_ARRIVED, "malmo", flight="CZ8075")),
            *on(1, announced("guangzhou"), start_h=40),
            *on(
                1,
                scan(70, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "malmo"),
                scan(74, E.IMPORT_CUSTOMS_PRESENTED, "malmo"),
                scan(82, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "malmo", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(120, E.ANY_RESUMED, "malmo"),
                scan(124, E.IMPORT_CUSTOMS_RELEASED, "malmo"),
                scan(140, E.LAST_MILE_ARRIVED_HUB, "malmo"),
                scan(150, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "malmo"),
                scan(172, E.LAST_MILE_DELIVERED_COLLECTED, "malmo"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=172, eta_h=150,
    ),
    Story(
        name="utrecht_malmo_refused",
        title="Utrecht to Malmö: PostNL hands over to PostNord; refused at the door, back at the sender's",
        origin="utrecht", destination="malmo",
        legs=(
            Leg(carrier="postnl", role="linehaul", number="s10_nl"),
            last("postnord", "postnord", "merchant"),
        ),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "utrecht"),
                scan(6, E.FIRST_MILE_PICKED_UP, "utrecht"),
                scan(10, E.FIRST_MILE_ARRIVED_HUB, "utrecht"),
                scan(20, E.LINEHAUL_DEPARTED_EXPORT_OFFICE, "utrecht"),
            ),
            *on(
                1,
                scan(44, E.LAST_MILE_ARRIVED_HUB, "malmo"),
                scan(56, E.LAST_MILE_OUT_FOR_DELIVERY, "malmo"),
                scan(61, E.LAST_MILE_ATTEMPT_FAILED_REFUSED, "malmo", why=Reason.CONSIGNEE_REFUSED),
                scan(66, E.RETURN_STARTED, "malmo"),
            ),
            *on(0, scan(140, E.RETURN_COMPLETED, "utrecht")),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="lyon_missing_invoice",
        title="Shenzhen to Lyon: customs misses an invoice, Colissimo leaves the parcel with the caretaker",
        origin="shenzhen", destination="lyon",
        legs=(YUN, last("colissimo", "colissimo", told_h=64)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "AF185")),
            *on(0, scan(60, E.LINEHAUL_ARRIVED, "paris", flight="AF185")),
            *on(1, announced("paris"), start_h=56),
            *on(
                1,
                scan(66, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "paris"),
                scan(72, E.IMPORT_CUSTOMS_HELD, "paris"),
                scan(90, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "paris", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(160, E.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE, "paris"),
                scan(170, E.LAST_MILE_ARRIVED_HUB, "paris"),
                scan(184, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "lyon"),
                scan(188, E.LAST_MILE_OUT_FOR_DELIVERY, "lyon"),
                scan(192, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "lyon", why=Reason.CONSIGNEE_ABSENT),
                scan(212, E.LAST_MILE_OUT_FOR_DELIVERY, "lyon"),
                scan(216, E.LAST_MILE_DELIVERED_NEIGHBOUR, "lyon"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=216,
    ),
    Story(
        name="lyon_chicago_partner",
        title="Lyon to Chicago: Colissimo names its partner's number, FedEx delivers",
        origin="lyon", destination="chicago",
        legs=(
            Leg(carrier="colissimo", role="linehaul", number="colissimo"),
            last("fedex", "fedex", told_h=30),
        ),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "lyon"),
                scan(8, E.FIRST_MILE_PICKED_UP, "lyon"),
                scan(20, E.LAST_MILE_ARRIVED_HUB, "paris"),
                scan(30, E.LINEHAUL_DEPARTED_EXPORT_OFFICE, "paris"),
            ),
            *on(
                1,
                scan(60, E.IMPORT_CUSTOMS_RELEASED, "memphis"),
                scan(80, E.LAST_MILE_OUT_FOR_DELIVERY, "chicago"),
                scan(86, E.LAST_MILE_DELIVERED, "chicago"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=86,
    ),
    Story(
        name="chronopost_second_day",
        title="Hangzhou to Paris: Chronopost finds nobody on the first day",
        origin="hangzhou", destination="paris",
        legs=(YANWEN, last("chronopost", "chronopost", told_h=92)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK205")),
            *on(0, import_by_air("liege", "CK205"), start_h=64),
            *on(1, announced("liege"), start_h=86),
            *on(
                1,
                scan(100, E.FIRST_MILE_PICKED_UP, "paris"),
                scan(104, E.FIRST_MILE_ARRIVED_HUB, "paris"),
                scan(110, E.LAST_MILE_ARRIVED_HUB, "paris"),
                scan(116, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "paris"),
                scan(120, E.LAST_MILE_OUT_FOR_DELIVERY, "paris"),
                scan(125, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "paris", why=Reason.CONSIGNEE_ABSENT),
                scan(144, E.LAST_MILE_OUT_FOR_DELIVERY, "paris"),
                scan(148, E.LAST_MILE_DELIVERED, "paris"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=148,
    ),
)  # fmt: skip
