"""Journeys over the divisions of DHL."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, last
from carriers.sandbox.stories.stretches import announced, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

STORIES = (
    Story(
        name="express_invoice_new_york",
        title="Hong Kong to New York: DHL Express, customs waits for an invoice, nobody at the door the first time",
        origin="hong_kong", destination="new_york",
        legs=(Leg(carrier="dhl_express", role="whole", number="dhl_express"),),
        scans=on(
            0,
            scan(0, E.SELLER_LABEL_CREATED, "hong_kong"),
            scan(5, E.FIRST_MILE_PICKED_UP, "hong_kong"),
            scan(7, E.ANY_NOTE, "new_york"),
            scan(10, E.EXPORT_CUSTOMS_RELEASED, "hong_kong"),
            scan(14, E.LINEHAUL_DEPARTED, "hong_kong"),
            scan(30, E.LINEHAUL_ARRIVED, "new_york"),
            scan(33, E.IMPORT_CUSTOMS_PRESENTED, "new_york"),
            scan(36, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "new_york", why=Reason.CUSTOMS_INVOICE_MISSING),
            scan(60, E.IMPORT_CUSTOMS_RELEASED, "new_york"),
            scan(70, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "new_york"),
            scan(74, E.LAST_MILE_OUT_FOR_DELIVERY, "new_york"),
            scan(78, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "new_york", why=Reason.CONSIGNEE_ABSENT),
            scan(98, E.LAST_MILE_OUT_FOR_DELIVERY, "new_york"),
            scan(103, E.LAST_MILE_DELIVERED_SIGNED, "new_york"),
        ),
        ends=Status.DELIVERED, delivered_h=103, eta_h=78,
    ),
    Story(
        name="hangzhou_munich_packstation",
        title="Hangzhou to Munich: Yanwen, then DHL's German parcels; nobody there, collected at a Packstation",
        origin="hangzhou", destination="munich",
        legs=(YANWEN, last("dhl_parcel_de", "dhl_parcel_de", told_h=92)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK205")),
            *on(0, import_by_air("liege", "CK205"), start_h=62),
            *on(1, announced("frankfurt"), start_h=86),
            *on(
                1,
                scan(100, E.LAST_MILE_ARRIVED_HUB, "munich"),
                scan(114, E.LAST_MILE_OUT_FOR_DELIVERY, "munich"),
                scan(119, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "munich", why=Reason.CONSIGNEE_ABSENT),
                scan(121, E.LAST_MILE_REDIRECTED, "munich"),
                scan(140, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "munich"),
                scan(166, E.LAST_MILE_DELIVERED_COLLECTED, "munich"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=166, eta_h=120,
    ),
    Story(
        name="ecommerce_to_usps",
        title="Hong Kong to Los Angeles: DHL eCommerce waits for duty, then the post leaves a notice first",
        origin="hong_kong", destination="los_angeles",
        legs=(
            Leg(carrier="dhl_ecommerce", role="linehaul", number="dhl_ecommerce"),
            last("usps", "usps", told_h=126),
        ),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "hong_kong"),
                scan(9, E.FIRST_MILE_PICKED_UP, "hong_kong"),
                scan(20, E.FIRST_MILE_DEPARTED_HUB, "hong_kong"),
                scan(26, E.EXPORT_CUSTOMS_RELEASED, "hong_kong"),
                scan(30, E.LINEHAUL_DEPARTED, "hong_kong"),
                scan(48, E.LINEHAUL_ARRIVED, "los_angeles"),
                scan(54, E.IMPORT_CUSTOMS_PRESENTED, "los_angeles"),
                scan(60, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "los_angeles", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(104, E.IMPORT_CUSTOMS_RELEASED, "los_angeles"),
                scan(114, E.LAST_MILE_ARRIVED_HUB, "los_angeles"),
                scan(126, E.LAST_MILE_HANDED_OVER, "los_angeles"),
            ),
            *on(1, announced("los_angeles"), start_h=112),
            *on(1, scan(132, E.FIRST_MILE_PICKED_UP, "los_angeles")),
            *on(
                1,
                scan(150, E.LAST_MILE_OUT_FOR_DELIVERY, "los_angeles"),
                scan(156, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "los_angeles", why=Reason.CONSIGNEE_ABSENT),
                scan(174, E.LAST_MILE_OUT_FOR_DELIVERY, "los_angeles"),
                scan(180, E.LAST_MILE_DELIVERED, "los_angeles"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=180, eta_h=156,
    ),
    Story(
        name="s10_hamburg",
        title="Guangzhou to Hamburg: Yanwen, then Deutsche Post under the same S10 number; an invoice first",
        origin="guangzhou", destination="hamburg",
        legs=(
            Leg(carrier="yanwen", role="linehaul", number="s10_cn"),
            last("deutsche_post", "s10_cn", "same_number"),
        ),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ331")),
            *on(0, scan(64, E.LINEHAUL_ARRIVED, "frankfurt", flight="CZ331")),
            *on(
                1,
                scan(68, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "frankfurt"),
                scan(74, E.IMPORT_CUSTOMS_PRESENTED, "frankfurt"),
                scan(90, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "frankfurt", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(160, E.IMPORT_CUSTOMS_RELEASED, "frankfurt"),
                scan(176, E.LAST_MILE_ARRIVED_HUB, "hamburg"),
                scan(192, E.LAST_MILE_OUT_FOR_DELIVERY, "hamburg"),
                scan(198, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "hamburg"),
                scan(220, E.LAST_MILE_DELIVERED_COLLECTED, "hamburg"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=220, eta_h=192,
    ),
)  # fmt: skip
