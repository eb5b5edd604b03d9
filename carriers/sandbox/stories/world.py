"""Journeys to more posts of the world: duty in Brazil, biosecurity down under, VAT in Norway, a return in Italy."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, YUN, last
from carriers.sandbox.stories.stretches import announced, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason, Status

_S10 = Leg(carrier="yanwen", role="linehaul", number="s10_cn")

STORIES = (
    Story(
        name="correios_duty",
        title="Guangzhou to São Paulo: one S10 number at both posts; Correios waits for the duty, then for the buyer",
        origin="guangzhou", destination="sao_paulo",
        legs=(_S10, last("correios", "s10_cn", "same_number")),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ8031")),
            *on(0, scan(92, E.LINEHAUL_ARRIVED, "curitiba", flight="CZ8031")),
            *on(
                1,
                scan(98, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "curitiba"),
                scan(104, E.IMPORT_CUSTOMS_PRESENTED, "curitiba"),
                scan(120, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "curitiba", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(210, E.ANY_RESUMED, "curitiba"),
                scan(232, E.IMPORT_CUSTOMS_RELEASED, "curitiba"),
                scan(240, E.LAST_MILE_DEPARTED_HUB, "curitiba"),
                scan(270, E.LAST_MILE_OUT_FOR_DELIVERY, "sao_paulo"),
                scan(277, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "sao_paulo", why=Reason.CONSIGNEE_ABSENT),
                scan(290, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "sao_paulo"),
                scan(314, E.LAST_MILE_DELIVERED, "sao_paulo"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=314, eta_h=300,
    ),
    Story(
        name="correos_invoice_seville",
        title="Shenzhen to Seville: Spain's customs waits for an invoice, Correos keeps the parcel at the office",
        origin="shenzhen", destination="seville",
        legs=(YUN, last("correos", "correos", told_h=80)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX321")),
            *on(0, scan(62, E.LINEHAUL_ARRIVED, "madrid", flight="CX321")),
            *on(1, announced("shenzhen"), start_h=50),
            *on(
                1,
                scan(70, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "madrid"),
                scan(76, E.IMPORT_CUSTOMS_PRESENTED, "madrid"),
                scan(90, E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, "madrid", why=Reason.CUSTOMS_INVOICE_MISSING),
                scan(170, E.IMPORT_CUSTOMS_RELEASED, "madrid"),
                scan(180, E.LAST_MILE_ARRIVED_HUB, "madrid"),
                scan(192, E.LAST_MILE_DEPARTED_HUB, "madrid"),
                scan(210, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "seville"),
                scan(214, E.LAST_MILE_OUT_FOR_DELIVERY, "seville"),
                scan(220, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "seville", why=Reason.CONSIGNEE_ABSENT),
                scan(240, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "seville"),
                scan(264, E.LAST_MILE_DELIVERED_COLLECTED, "seville"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=264,
    ),
    Story(
        name="poste_refused_turin",
        title="Hangzhou to Turin: refused at the door, kept at the depot, and back to the merchant's address in Milan",
        origin="hangzhou", destination="turin",
        legs=(YANWEN, last("poste_italiane", "poste_italiane", told_h=92)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK231")),
            *on(0, import_by_air("milan", "CK231"), start_h=62),
            *on(
                1,
                scan(98, E.FIRST_MILE_PICKED_UP, "milan"),
                scan(108, E.LAST_MILE_ARRIVED_HUB, "milan"),
                scan(130, E.LAST_MILE_OUT_FOR_DELIVERY, "turin"),
                scan(136, E.LAST_MILE_ATTEMPT_FAILED_REFUSED, "turin", why=Reason.CONSIGNEE_REFUSED),
                scan(150, E.LAST_MILE_HELD_DELIVERY_OFFICE, "turin", why=Reason.OTHER_UNKNOWN),
                scan(300, E.RETURN_STARTED, "turin"),
                scan(350, E.RETURN_COMPLETED, "milan"),
            ),
        ),
        ends=Status.RETURNED,
    ),
    Story(
        name="nova_poshta_kyiv",
        title="Shenzhen to Kyiv: Nova Poshta has the number for long and tells one thing, that it was received",
        origin="shenzhen", destination="kyiv",
        legs=(YUN, last("nova_poshta", "nova_poshta", told_h=110)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "LO92")),
            *on(0, import_by_air("warsaw", "LO92"), start_h=62),
            *on(1, scan(190, E.LAST_MILE_DELIVERED, "kyiv")),
        ),
        ends=Status.DELIVERED, delivered_h=190,
    ),
    Story(
        name="oslo_vat",
        title="Hangzhou to Oslo: VAT is due, the recipient is not at home, post i butikk keeps it",
        origin="hangzhou", destination="oslo",
        legs=(YANWEN, last("posten_norge", "posten_norge", told_h=78)),
        scans=(
            *on(0, export_by_air("hangzhou", "hangzhou", "hangzhou", "CK261")),
            *on(0, scan(62, E.LINEHAUL_ARRIVED, "oslo", flight="CK261")),
            *on(1, announced("oslo"), start_h=50),
            *on(
                1,
                scan(68, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "oslo"),
                scan(74, E.IMPORT_CUSTOMS_PRESENTED, "oslo"),
                scan(82, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "oslo", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(150, E.IMPORT_CUSTOMS_RELEASED, "oslo"),
                scan(158, E.LAST_MILE_ARRIVED_HUB, "oslo"),
                scan(178, E.LAST_MILE_OUT_FOR_DELIVERY, "oslo"),
                scan(184, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "oslo", why=Reason.CONSIGNEE_ABSENT),
                scan(200, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "oslo"),
                scan(224, E.LAST_MILE_DELIVERED_COLLECTED, "oslo"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=224,
    ),
    Story(
        name="sydney_biosecurity",
        title="Guangzhou to Sydney: one S10 number at both posts; biosecurity opens it, the border force looks again",
        origin="guangzhou", destination="sydney",
        legs=(_S10, last("australia_post", "s10_cn", "same_number")),
        scans=(
            *on(0, export_by_air("guangzhou", "guangzhou", "guangzhou", "CZ325")),
            *on(0, scan(60, E.LINEHAUL_ARRIVED, "sydney", flight="CZ325")),
            *on(1, announced("guangzhou"), start_h=20),
            *on(
                1,
                scan(66, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "sydney"),
                scan(70, E.IMPORT_CUSTOMS_PRESENTED, "sydney"),
                scan(84, E.IMPORT_CUSTOMS_INSPECTION, "sydney", why=Reason.CUSTOMS_QUARANTINE),
                scan(130, E.IMPORT_CUSTOMS_HELD, "sydney", why=Reason.CUSTOMS_BORDER_SECURITY),
                scan(200, E.IMPORT_CUSTOMS_RELEASED, "sydney"),
                scan(210, E.LAST_MILE_ARRIVED_HUB, "sydney"),
                scan(230, E.LAST_MILE_OUT_FOR_DELIVERY, "sydney"),
                scan(237, E.LAST_MILE_DELIVERED_SAFE_PLACE, "sydney"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=237,
    ),
    Story(
        name="auckland_gst",
        title="Shenzhen to Auckland: MPI checks it, GST is paid, a card is left, the buyer collects",
        origin="shenzhen", destination="auckland",
        legs=(YUN, last("nz_post", "nz_post", told_h=76)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "NZ80")),
            *on(0, scan(62, E.LINEHAUL_ARRIVED, "auckland", flight="NZ80")),
            *on(1, announced("auckland"), start_h=60),
            *on(
                1,
                scan(70, E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE, "auckland"),
                scan(80, E.IMPORT_CUSTOMS_INSPECTION, "auckland", why=Reason.CUSTOMS_QUARANTINE),
                scan(110, E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "auckland", why=Reason.CUSTOMS_DUTIES_UNPAID),
                scan(160, E.IMPORT_CUSTOMS_RELEASED, "auckland"),
                scan(168, E.LAST_MILE_ARRIVED_HUB, "auckland"),
                scan(176, E.LAST_MILE_DEPARTED_HUB, "auckland"),
                scan(186, E.LAST_MILE_OUT_FOR_DELIVERY, "auckland"),
                scan(192, E.LAST_MILE_ATTEMPT_FAILED_ABSENT, "auckland", why=Reason.CONSIGNEE_ABSENT),
                scan(210, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "auckland"),
                scan(234, E.LAST_MILE_DELIVERED_COLLECTED, "auckland"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=234,
    ),
)  # fmt: skip
