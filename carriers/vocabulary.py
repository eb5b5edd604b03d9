"""The closed vocabulary: what a shipment can be, where it can be, what can happen to it, and why.

Four independent axes (docs/statuses.md is generated from this file):

- `Status`     twelve values, for counters and filters;
- `Phase`      eight stretches of the journey, in order;
- `EventCode`  what happened; a carrier's raw code maps to one, and status and phase *follow* from it;
- `Reason`     why, only on delays, holds and failures; each says who must act.

Derived on 2026-11-23 from the published vocabularies of AfterShip (2026-07), 17TRACK (v2.2/v2.4), Ship24, EasyPost,
Shippo, TrackingMore, Kuaidi100, Cainiao and from the UPU's EMSEVT V3 events.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """Where a shipment stands, for counters and filters."""

    PENDING = "pending"
    INFO_RECEIVED = "info_received"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    ATTEMPT_FAILED = "attempt_failed"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURNING = "returning"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        """English words for people; the portal translates them."""
        return STATUS_LABELS[self]

    @property
    def is_final(self) -> bool:
        """Nobody needs to be asked again. Not absorbing: see `tracking.rules.timeline`. Expired is not final."""
        return self in FINAL_STATUSES


STATUS_LABELS: dict[Status, str] = {
    Status.PENDING: "Waiting for the first scan",
    Status.INFO_RECEIVED: "Announced",
    Status.IN_TRANSIT: "In transit",
    Status.OUT_FOR_DELIVERY: "Out for delivery",
    Status.AVAILABLE_FOR_PICKUP: "Ready for pick-up",
    Status.ATTEMPT_FAILED: "Delivery attempt failed",
    Status.DELIVERED: "Delivered",
    Status.EXCEPTION: "Held or delayed",
    Status.RETURNING: "Returning to sender",
    Status.RETURNED: "Returned to sender",
    Status.CANCELLED: "Cancelled",
    Status.EXPIRED: "No longer reported",
}

FINAL_STATUSES = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED})


class Phase(StrEnum):
    """Which stretch of the journey; the order of the members is the order of the way."""

    SELLER = "seller"
    FIRST_MILE = "first_mile"
    EXPORT_CUSTOMS = "export_customs"
    LINEHAUL = "linehaul"
    TRANSIT_COUNTRY = "transit_country"
    IMPORT_CUSTOMS = "import_customs"
    LAST_MILE = "last_mile"
    RETURN = "return"

    @property
    def rank(self) -> int:
        """0 for the seller to 7 for the return: breaks ties between events of one instant."""
        return PHASE_ORDER[self]

    @property
    def label(self) -> str:
        """English words for people."""
        return PHASE_LABELS[self]


PHASE_ORDER: dict[Phase, int] = {phase: rank for rank, phase in enumerate(Phase)}

PHASE_LABELS: dict[Phase, str] = {
    Phase.SELLER: "At the seller",
    Phase.FIRST_MILE: "First mile",
    Phase.EXPORT_CUSTOMS: "Export customs",
    Phase.LINEHAUL: "Line-haul",
    Phase.TRANSIT_COUNTRY: "Transit country",
    Phase.IMPORT_CUSTOMS: "Import customs",
    Phase.LAST_MILE: "Last mile",
    Phase.RETURN: "Return",
}


class ActionBy(StrEnum):
    """Who has to do something before the parcel goes on."""

    NONE = "none"
    BUYER = "buyer"
    MERCHANT = "merchant"
    CARRIER = "carrier"
    BROKER = "broker"
    CUSTOMS = "customs"


class EventCode(StrEnum):
    """What happened, as `phase.event`. `any.*` happens in whatever phase the parcel is in; `unknown` is a value too."""

    SELLER_ORDER_CREATED = "seller.order_created"
    SELLER_LABEL_CREATED = "seller.label_created"
    SELLER_PACKED = "seller.packed"
    SELLER_DISPATCHED_FROM_WAREHOUSE = "seller.dispatched_from_warehouse"
    SELLER_CANCELLED = "seller.cancelled"

    FIRST_MILE_PICKED_UP = "first_mile.picked_up"
    FIRST_MILE_PICKUP_FAILED = "first_mile.pickup_failed"
    FIRST_MILE_ARRIVED_HUB = "first_mile.arrived_hub"
    FIRST_MILE_DEPARTED_HUB = "first_mile.departed_hub"
    FIRST_MILE_ARRIVED_EXPORT_OFFICE = "first_mile.arrived_export_office"
    FIRST_MILE_HELD_EXPORT_OFFICE = "first_mile.held_export_office"

    EXPORT_CUSTOMS_PRESENTED = "export_customs.presented"
    EXPORT_CUSTOMS_HELD = "export_customs.held"
    EXPORT_CUSTOMS_RELEASED = "export_customs.released"
    EXPORT_CUSTOMS_EXPORT_CANCELLED = "export_customs.export_cancelled"

    LINEHAUL_DEPARTED_EXPORT_OFFICE = "linehaul.departed_export_office"
    LINEHAUL_HANDED_TO_CARRIER = "linehaul.handed_to_carrier"
    LINEHAUL_DEPARTED = "linehaul.departed"
    LINEHAUL_DELAYED = "linehaul.delayed"
    LINEHAUL_ARRIVED = "linehaul.arrived"

    TRANSIT_COUNTRY_ARRIVED = "transit_country.arrived"
    TRANSIT_COUNTRY_DEPARTED = "transit_country.departed"
    TRANSIT_COUNTRY_CUSTOMS_PRESENTED = "transit_country.customs_presented"
    TRANSIT_COUNTRY_CUSTOMS_RELEASED = "transit_country.customs_released"
    TRANSIT_COUNTRY_CUSTOMS_HELD = "transit_country.customs_held"

    IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE = "import_customs.arrived_import_office"
    IMPORT_CUSTOMS_HELD_IMPORT_OFFICE = "import_customs.held_import_office"
    IMPORT_CUSTOMS_DECLARED = "import_customs.declared"
    IMPORT_CUSTOMS_PRESENTED = "import_customs.presented"
    IMPORT_CUSTOMS_INSPECTION = "import_customs.inspection"
    IMPORT_CUSTOMS_HELD = "import_customs.held"
    IMPORT_CUSTOMS_DOCUMENTS_REQUIRED = "import_customs.documents_required"
    IMPORT_CUSTOMS_PAYMENT_REQUIRED = "import_customs.payment_required"
    IMPORT_CUSTOMS_RELEASED = "import_customs.released"
    IMPORT_CUSTOMS_REFUSED = "import_customs.refused"
    IMPORT_CUSTOMS_SEIZED = "import_customs.seized"
    IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE = "import_customs.departed_import_office"

    LAST_MILE_HANDED_OVER = "last_mile.handed_over"
    LAST_MILE_ARRIVED_HUB = "last_mile.arrived_hub"
    LAST_MILE_DEPARTED_HUB = "last_mile.departed_hub"
    LAST_MILE_ARRIVED_DELIVERY_OFFICE = "last_mile.arrived_delivery_office"
    LAST_MILE_HELD_DELIVERY_OFFICE = "last_mile.held_delivery_office"
    LAST_MILE_REDIRECTED = "last_mile.redirected"
    LAST_MILE_APPOINTMENT = "last_mile.appointment"
    LAST_MILE_OUT_FOR_DELIVERY = "last_mile.out_for_delivery"
    LAST_MILE_AVAILABLE_FOR_PICKUP = "last_mile.available_for_pickup"
    LAST_MILE_PICKUP_MISSED = "last_mile.pickup_missed"
    LAST_MILE_ATTEMPT_FAILED_ABSENT = "last_mile.attempt_failed.absent"
    LAST_MILE_ATTEMPT_FAILED_CLOSED = "last_mile.attempt_failed.closed"
    LAST_MILE_ATTEMPT_FAILED_ADDRESS = "last_mile.attempt_failed.address"
    LAST_MILE_ATTEMPT_FAILED_REFUSED = "last_mile.attempt_failed.refused"
    LAST_MILE_ATTEMPT_FAILED_MOVED = "last_mile.attempt_failed.moved"
    LAST_MILE_ATTEMPT_FAILED_PAYMENT = "last_mile.attempt_failed.payment"
    LAST_MILE_ATTEMPT_FAILED_SECURITY = "last_mile.attempt_failed.security"
    LAST_MILE_ATTEMPT_FAILED_INACCESSIBLE = "last_mile.attempt_failed.inaccessible"
    LAST_MILE_ATTEMPT_FAILED_OTHER = "last_mile.attempt_failed.other"
    LAST_MILE_DELIVERED = "last_mile.delivered"
    LAST_MILE_DELIVERED_COLLECTED = "last_mile.delivered.collected"
    LAST_MILE_DELIVERED_SIGNED = "last_mile.delivered.signed"
    LAST_MILE_DELIVERED_COD = "last_mile.delivered.cod"
    LAST_MILE_DELIVERED_NEIGHBOUR = "last_mile.delivered.neighbour"
    LAST_MILE_DELIVERED_SAFE_PLACE = "last_mile.delivered.safe_place"

    ANY_IN_TRANSIT = "any.in_transit"
    ANY_NOTE = "any.note"
    ANY_DELAYED = "any.delayed"
    ANY_DELAYED_PROCESSING = "any.delayed.processing"
    ANY_DELAYED_WEATHER = "any.delayed.weather"
    ANY_DELAYED_EXTERNAL = "any.delayed.external"
    ANY_RESUMED = "any.resumed"
    ANY_DAMAGED = "any.damaged"
    ANY_LOST = "any.lost"
    ANY_DISPOSED = "any.disposed"

    RETURN_STARTED = "return.started"
    RETURN_IN_TRANSIT = "return.in_transit"
    RETURN_EXPORT_CUSTOMS_PRESENTED = "return.export_customs.presented"
    RETURN_EXPORT_CUSTOMS_HELD = "return.export_customs.held"
    RETURN_EXPORT_CUSTOMS_RELEASED = "return.export_customs.released"
    RETURN_LINEHAUL_DEPARTED = "return.linehaul.departed"
    RETURN_LINEHAUL_ARRIVED = "return.linehaul.arrived"
    RETURN_IMPORT_CUSTOMS_PRESENTED = "return.import_customs.presented"
    RETURN_IMPORT_CUSTOMS_HELD = "return.import_customs.held"
    RETURN_IMPORT_CUSTOMS_RELEASED = "return.import_customs.released"
    RETURN_COMPLETED = "return.completed"

    TRACKING_EXPIRED = "tracking.expired"
    TRACKING_NOT_FOUND = "tracking.not_found"
    TRACKING_INVALID = "tracking.invalid"
    UNKNOWN = "unknown"

    @property
    def status(self) -> Status | None:
        """The status this event brings about; None leaves the status as it was."""
        return EVENTS[self].status

    @property
    def phase(self) -> Phase | None:
        """The stretch it happens on; None (`any.*`, `tracking.*`, `unknown`) means the one the parcel is already on."""
        return EVENTS[self].phase

    @property
    def label(self) -> str:
        """An English sentence for people, without a full stop."""
        return EVENTS[self].label

    @property
    def is_delivery(self) -> bool:
        """Goods are with the buyer."""
        return self.status is Status.DELIVERED

    @property
    def is_return(self) -> bool:
        """Goods are on the way back, or back."""
        return self.phase is Phase.RETURN

    @property
    def is_physical(self) -> bool:
        """Somebody had the goods in hand: an announcement, a note or an unknown wording proves nothing of the kind."""
        return EVENTS[self].is_physical


@dataclass(frozen=True, slots=True)
class EventMeaning:
    """What follows from an event code."""

    status: Status | None
    phase: Phase | None
    label: str
    is_physical: bool = True


def _events() -> dict[EventCode, EventMeaning]:
    code, status, phase = EventCode, Status, Phase
    moving, held = status.IN_TRANSIT, status.EXCEPTION
    failed, delivered, returning = status.ATTEMPT_FAILED, status.DELIVERED, status.RETURNING
    meaning = EventMeaning
    return {
        code.SELLER_ORDER_CREATED: meaning(status.INFO_RECEIVED, phase.SELLER, "Order created", False),
        # A label is paper: nobody has the goods yet.
        code.SELLER_LABEL_CREATED: meaning(status.INFO_RECEIVED, phase.SELLER, "Shipping label created", False),
        code.SELLER_PACKED: meaning(status.INFO_RECEIVED, phase.SELLER, "Packed by the seller"),
        code.SELLER_DISPATCHED_FROM_WAREHOUSE: meaning(
            status.INFO_RECEIVED, phase.SELLER, "Left the seller's warehouse"
        ),
        code.SELLER_CANCELLED: meaning(status.CANCELLED, phase.SELLER, "Cancelled by the sender", False),
        code.FIRST_MILE_PICKED_UP: meaning(moving, phase.FIRST_MILE, "Picked up by the carrier"),
        code.FIRST_MILE_PICKUP_FAILED: meaning(held, phase.FIRST_MILE, "Pick-up failed", False),
        code.FIRST_MILE_ARRIVED_HUB: meaning(moving, phase.FIRST_MILE, "Arrived at a sorting centre"),
        code.FIRST_MILE_DEPARTED_HUB: meaning(moving, phase.FIRST_MILE, "Left a sorting centre"),
        code.FIRST_MILE_ARRIVED_EXPORT_OFFICE: meaning(moving, phase.FIRST_MILE, "Arrived at the export office"),
        code.FIRST_MILE_HELD_EXPORT_OFFICE: meaning(held, phase.FIRST_MILE, "Held at the export office"),
        code.EXPORT_CUSTOMS_PRESENTED: meaning(moving, phase.EXPORT_CUSTOMS, "Presented to export customs"),
        code.EXPORT_CUSTOMS_HELD: meaning(held, phase.EXPORT_CUSTOMS, "Held by export customs"),
        code.EXPORT_CUSTOMS_RELEASED: meaning(moving, phase.EXPORT_CUSTOMS, "Cleared export customs"),
        code.EXPORT_CUSTOMS_EXPORT_CANCELLED: meaning(status.CANCELLED, phase.EXPORT_CUSTOMS, "Export cancelled"),
        code.LINEHAUL_DEPARTED_EXPORT_OFFICE: meaning(moving, phase.LINEHAUL, "Left the export office"),
        code.LINEHAUL_HANDED_TO_CARRIER: meaning(moving, phase.LINEHAUL, "Handed to the airline or ship"),
        code.LINEHAUL_DEPARTED: meaning(moving, phase.LINEHAUL, "Departed for the destination"),
        code.LINEHAUL_DELAYED: meaning(held, phase.LINEHAUL, "Departure delayed"),
        code.LINEHAUL_ARRIVED: meaning(moving, phase.LINEHAUL, "Arrived at the destination airport or port"),
        code.TRANSIT_COUNTRY_ARRIVED: meaning(moving, phase.TRANSIT_COUNTRY, "Arrived in a transit country"),
        code.TRANSIT_COUNTRY_DEPARTED: meaning(moving, phase.TRANSIT_COUNTRY, "Left a transit country"),
        code.TRANSIT_COUNTRY_CUSTOMS_PRESENTED: meaning(
            moving, phase.TRANSIT_COUNTRY, "Presented to customs in a transit country"
        ),
        code.TRANSIT_COUNTRY_CUSTOMS_RELEASED: meaning(
            moving, phase.TRANSIT_COUNTRY, "Cleared customs in a transit country"
        ),
        code.TRANSIT_COUNTRY_CUSTOMS_HELD: meaning(held, phase.TRANSIT_COUNTRY, "Held by customs in a transit country"),
        code.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: meaning(
            moving, phase.IMPORT_CUSTOMS, "Arrived in the destination country"
        ),
        code.IMPORT_CUSTOMS_HELD_IMPORT_OFFICE: meaning(held, phase.IMPORT_CUSTOMS, "Held at the import office"),
        code.IMPORT_CUSTOMS_DECLARED: meaning(moving, phase.IMPORT_CUSTOMS, "Declared to import customs"),
        code.IMPORT_CUSTOMS_PRESENTED: meaning(moving, phase.IMPORT_CUSTOMS, "Presented to import customs"),
        code.IMPORT_CUSTOMS_INSPECTION: meaning(held, phase.IMPORT_CUSTOMS, "Being inspected by customs"),
        code.IMPORT_CUSTOMS_HELD: meaning(held, phase.IMPORT_CUSTOMS, "Held by import customs"),
        code.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED: meaning(held, phase.IMPORT_CUSTOMS, "Customs asks for documents"),
        code.IMPORT_CUSTOMS_PAYMENT_REQUIRED: meaning(held, phase.IMPORT_CUSTOMS, "Import charges are due"),
        # "Returned from import customs" in the UPU's words is a release, not a return to the sender.
        code.IMPORT_CUSTOMS_RELEASED: meaning(moving, phase.IMPORT_CUSTOMS, "Cleared import customs"),
        code.IMPORT_CUSTOMS_REFUSED: meaning(held, phase.IMPORT_CUSTOMS, "Import refused by customs"),
        code.IMPORT_CUSTOMS_SEIZED: meaning(held, phase.IMPORT_CUSTOMS, "Seized by customs"),
        code.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE: meaning(moving, phase.IMPORT_CUSTOMS, "Left the import office"),
        code.LAST_MILE_HANDED_OVER: meaning(moving, phase.LAST_MILE, "Handed to the delivery carrier"),
        code.LAST_MILE_ARRIVED_HUB: meaning(moving, phase.LAST_MILE, "Arrived at a sorting centre"),
        code.LAST_MILE_DEPARTED_HUB: meaning(moving, phase.LAST_MILE, "Left a sorting centre"),
        code.LAST_MILE_ARRIVED_DELIVERY_OFFICE: meaning(moving, phase.LAST_MILE, "Arrived at the local depot"),
        code.LAST_MILE_HELD_DELIVERY_OFFICE: meaning(held, phase.LAST_MILE, "Held at the local depot"),
        code.LAST_MILE_REDIRECTED: meaning(moving, phase.LAST_MILE, "Redirected to another address"),
        code.LAST_MILE_APPOINTMENT: meaning(None, phase.LAST_MILE, "Delivery appointment made", False),
        code.LAST_MILE_OUT_FOR_DELIVERY: meaning(status.OUT_FOR_DELIVERY, phase.LAST_MILE, "Out for delivery"),
        code.LAST_MILE_AVAILABLE_FOR_PICKUP: meaning(status.AVAILABLE_FOR_PICKUP, phase.LAST_MILE, "Ready for pick-up"),
        code.LAST_MILE_PICKUP_MISSED: meaning(held, phase.LAST_MILE, "Not picked up in time"),
        code.LAST_MILE_ATTEMPT_FAILED_ABSENT: meaning(failed, phase.LAST_MILE, "Nobody was at the address"),
        code.LAST_MILE_ATTEMPT_FAILED_CLOSED: meaning(failed, phase.LAST_MILE, "The business was closed"),
        code.LAST_MILE_ATTEMPT_FAILED_ADDRESS: meaning(failed, phase.LAST_MILE, "The address could not be found"),
        code.LAST_MILE_ATTEMPT_FAILED_REFUSED: meaning(failed, phase.LAST_MILE, "Refused by the recipient"),
        code.LAST_MILE_ATTEMPT_FAILED_MOVED: meaning(failed, phase.LAST_MILE, "The recipient has moved"),
        code.LAST_MILE_ATTEMPT_FAILED_PAYMENT: meaning(failed, phase.LAST_MILE, "A payment was missing at the door"),
        code.LAST_MILE_ATTEMPT_FAILED_SECURITY: meaning(failed, phase.LAST_MILE, "A security check failed at the door"),
        code.LAST_MILE_ATTEMPT_FAILED_INACCESSIBLE: meaning(failed, phase.LAST_MILE, "The address was not accessible"),
        code.LAST_MILE_ATTEMPT_FAILED_OTHER: meaning(failed, phase.LAST_MILE, "Delivery attempt failed"),
        code.LAST_MILE_DELIVERED: meaning(delivered, phase.LAST_MILE, "Delivered"),
        code.LAST_MILE_DELIVERED_COLLECTED: meaning(delivered, phase.LAST_MILE, "Collected by the recipient"),
        code.LAST_MILE_DELIVERED_SIGNED: meaning(delivered, phase.LAST_MILE, "Delivered and signed for"),
        code.LAST_MILE_DELIVERED_COD: meaning(delivered, phase.LAST_MILE, "Delivered, cash received"),
        code.LAST_MILE_DELIVERED_NEIGHBOUR: meaning(delivered, phase.LAST_MILE, "Delivered to a neighbour"),
        code.LAST_MILE_DELIVERED_SAFE_PLACE: meaning(delivered, phase.LAST_MILE, "Left in a safe place"),
        code.ANY_IN_TRANSIT: meaning(moving, None, "On its way"),
        code.ANY_NOTE: meaning(None, None, "Information updated", False),
        code.ANY_DELAYED: meaning(held, None, "Delayed", False),
        code.ANY_DELAYED_PROCESSING: meaning(held, None, "Delayed in processing", False),
        code.ANY_DELAYED_WEATHER: meaning(held, None, "Delayed by the weather", False),
        code.ANY_DELAYED_EXTERNAL: meaning(held, None, "Delayed by an outside event", False),
        code.ANY_RESUMED: meaning(moving, None, "Moving again"),
        code.ANY_DAMAGED: meaning(held, None, "Damaged"),
        code.ANY_LOST: meaning(held, None, "Lost", False),
        code.ANY_DISPOSED: meaning(held, None, "Disposed of"),
        code.RETURN_STARTED: meaning(returning, phase.RETURN, "Return to sender started"),
        code.RETURN_IN_TRANSIT: meaning(returning, phase.RETURN, "On its way back to the sender"),
        code.RETURN_EXPORT_CUSTOMS_PRESENTED: meaning(returning, phase.RETURN, "Return presented to export customs"),
        code.RETURN_EXPORT_CUSTOMS_HELD: meaning(returning, phase.RETURN, "Return held by export customs"),
        code.RETURN_EXPORT_CUSTOMS_RELEASED: meaning(returning, phase.RETURN, "Return cleared export customs"),
        code.RETURN_LINEHAUL_DEPARTED: meaning(returning, phase.RETURN, "Return departed for the origin country"),
        code.RETURN_LINEHAUL_ARRIVED: meaning(returning, phase.RETURN, "Return arrived in the origin country"),
        code.RETURN_IMPORT_CUSTOMS_PRESENTED: meaning(
            returning, phase.RETURN, "Return presented to customs of the origin country"
        ),
        code.RETURN_IMPORT_CUSTOMS_HELD: meaning(
            returning, phase.RETURN, "Return held by customs of the origin country"
        ),
        code.RETURN_IMPORT_CUSTOMS_RELEASED: meaning(
            returning, phase.RETURN, "Return cleared customs of the origin country"
        ),
        code.RETURN_COMPLETED: meaning(status.RETURNED, phase.RETURN, "Returned to the sender"),
        code.TRACKING_EXPIRED: meaning(status.EXPIRED, None, "No longer reported by the carrier", False),
        code.TRACKING_NOT_FOUND: meaning(None, None, "Not known to the carrier yet", False),
        code.TRACKING_INVALID: meaning(None, None, "Number not accepted by the carrier", False),
        code.UNKNOWN: meaning(None, None, "Update in the carrier's own words", False),
    }


EVENTS: dict[EventCode, EventMeaning] = _events()


class Reason(StrEnum):
    """Why a parcel is delayed, held or could not be delivered."""

    CUSTOMS_DECLARATION_MISSING = "customs.declaration_missing"
    CUSTOMS_INVOICE_MISSING = "customs.invoice_missing"
    CUSTOMS_ORIGIN_CERTIFICATE_MISSING = "customs.origin_certificate_missing"
    CUSTOMS_IMPORT_LICENCE_MISSING = "customs.import_licence_missing"
    CUSTOMS_EXPORT_LICENCE_MISSING = "customs.export_licence_missing"
    CUSTOMS_DOCUMENTS_INCORRECT = "customs.documents_incorrect"
    CUSTOMS_INCOMPLETE_SHIPMENT = "customs.incomplete_shipment"
    CUSTOMS_PROHIBITED = "customs.prohibited"
    CUSTOMS_RESTRICTED = "customs.restricted"
    CUSTOMS_INSPECTION = "customs.inspection"
    CUSTOMS_QUARANTINE = "customs.quarantine"
    CUSTOMS_BORDER_SECURITY = "customs.border_security"
    CUSTOMS_AWAITING_PRESENTATION = "customs.awaiting_presentation"
    CUSTOMS_DUTIES_UNPAID = "customs.duties_unpaid"
    CUSTOMS_RECIPIENT_ID_REQUIRED = "customs.recipient_id_required"
    CUSTOMS_CANNOT_CONTACT = "customs.cannot_contact"
    CUSTOMS_TRANSFERRED_TO_CUSTOMS = "customs.transferred_to_customs"
    CUSTOMS_BACKLOG = "customs.backlog"

    TRANSPORT_FLIGHT_DELAYED = "transport.flight_delayed"
    TRANSPORT_FLIGHT_CANCELLED = "transport.flight_cancelled"
    TRANSPORT_VESSEL_DELAYED = "transport.vessel_delayed"
    TRANSPORT_PORT_CONGESTION = "transport.port_congestion"
    TRANSPORT_QUARANTINE = "transport.quarantine"
    TRANSPORT_CAPACITY = "transport.capacity"
    TRANSPORT_MECHANICAL = "transport.mechanical"
    TRANSPORT_VEHICLE = "transport.vehicle"
    TRANSPORT_ROAD_CLOSED = "transport.road_closed"
    TRANSPORT_STRIKE = "transport.strike"
    TRANSPORT_HOLIDAY = "transport.holiday"

    CARRIER_SORTING_ERROR = "carrier.sorting_error"
    CARRIER_MISROUTED = "carrier.misrouted"
    CARRIER_DAMAGED = "carrier.damaged"
    CARRIER_LOST = "carrier.lost"
    CARRIER_LABEL_UNREADABLE = "carrier.label_unreadable"
    CARRIER_SERVICE_SUSPENDED = "carrier.service_suspended"

    NATURE_WEATHER = "nature.weather"
    NATURE_NATURAL_DISASTER = "nature.natural_disaster"
    NATURE_FORCE_MAJEURE = "nature.force_majeure"

    CONSIGNEE_ABSENT = "consignee.absent"
    CONSIGNEE_CLOSED = "consignee.closed"
    CONSIGNEE_REFUSED = "consignee.refused"
    CONSIGNEE_WRONG_ADDRESS = "consignee.wrong_address"
    CONSIGNEE_MOVED = "consignee.moved"
    CONSIGNEE_INACCESSIBLE = "consignee.inaccessible"
    CONSIGNEE_VERIFICATION_FAILED = "consignee.verification_failed"
    CONSIGNEE_PAYMENT = "consignee.payment"
    CONSIGNEE_CANCELLED = "consignee.cancelled"

    SENDER_CANCELLED = "sender.cancelled"
    SENDER_WRONG_DATA = "sender.wrong_data"
    SENDER_NOT_READY = "sender.not_ready"
    SENDER_PACKAGING = "sender.packaging"
    SENDER_DIMENSIONS = "sender.dimensions"
    SENDER_PAYMENT = "sender.payment"

    OTHER_SECURITY = "other.security"
    OTHER_REGULATORY = "other.regulatory"
    OTHER_UNDER_INVESTIGATION = "other.under_investigation"
    OTHER_UNKNOWN = "other.unknown"

    @property
    def action_by(self) -> ActionBy:
        """Who has to act before the parcel goes on."""
        return REASONS[self].action_by

    @property
    def is_action_required(self) -> bool:
        """True when nothing moves until that party acts; False when it resolves by itself."""
        return REASONS[self].is_action_required

    @property
    def label(self) -> str:
        """English words for people."""
        return REASONS[self].label


@dataclass(frozen=True, slots=True)
class ReasonMeaning:
    """What follows from a reason."""

    action_by: ActionBy
    is_action_required: bool
    label: str


def _reasons() -> dict[Reason, ReasonMeaning]:
    reason, by, meaning = Reason, ActionBy, ReasonMeaning
    return {
        reason.CUSTOMS_DECLARATION_MISSING: meaning(by.MERCHANT, True, "The customs declaration is missing"),
        reason.CUSTOMS_INVOICE_MISSING: meaning(by.MERCHANT, True, "The commercial invoice is missing"),
        reason.CUSTOMS_ORIGIN_CERTIFICATE_MISSING: meaning(by.MERCHANT, True, "The certificate of origin is missing"),
        reason.CUSTOMS_IMPORT_LICENCE_MISSING: meaning(by.BUYER, True, "An import licence is missing"),
        reason.CUSTOMS_EXPORT_LICENCE_MISSING: meaning(by.MERCHANT, True, "An export licence is missing"),
        reason.CUSTOMS_DOCUMENTS_INCORRECT: meaning(by.MERCHANT, True, "The customs documents are incorrect"),
        reason.CUSTOMS_INCOMPLETE_SHIPMENT: meaning(by.CARRIER, True, "Customs waits for the rest of the shipment"),
        reason.CUSTOMS_PROHIBITED: meaning(by.MERCHANT, True, "The goods are prohibited"),
        reason.CUSTOMS_RESTRICTED: meaning(by.MERCHANT, True, "The goods are restricted"),
        reason.CUSTOMS_INSPECTION: meaning(by.CUSTOMS, False, "Customs inspects the parcel"),
        reason.CUSTOMS_QUARANTINE: meaning(by.CUSTOMS, False, "Quarantine inspects the parcel"),
        reason.CUSTOMS_BORDER_SECURITY: meaning(by.CUSTOMS, False, "Border security checks the parcel"),
        reason.CUSTOMS_AWAITING_PRESENTATION: meaning(by.BROKER, False, "Waiting to be presented to customs"),
        reason.CUSTOMS_DUTIES_UNPAID: meaning(by.BUYER, True, "Duty or tax is to be paid"),
        reason.CUSTOMS_RECIPIENT_ID_REQUIRED: meaning(by.BUYER, True, "Customs needs the recipient's identity number"),
        reason.CUSTOMS_CANNOT_CONTACT: meaning(by.BUYER, True, "The recipient could not be reached"),
        reason.CUSTOMS_TRANSFERRED_TO_CUSTOMS: meaning(by.BROKER, True, "Taken over by customs"),
        reason.CUSTOMS_BACKLOG: meaning(by.CUSTOMS, False, "Customs has a backlog"),
        reason.TRANSPORT_FLIGHT_DELAYED: meaning(by.NONE, False, "The flight is delayed"),
        reason.TRANSPORT_FLIGHT_CANCELLED: meaning(by.CARRIER, False, "The flight was cancelled"),
        reason.TRANSPORT_VESSEL_DELAYED: meaning(by.NONE, False, "The ship is delayed"),
        reason.TRANSPORT_PORT_CONGESTION: meaning(by.NONE, False, "The port is congested"),
        reason.TRANSPORT_QUARANTINE: meaning(by.NONE, False, "The vehicle is in quarantine"),
        reason.TRANSPORT_CAPACITY: meaning(by.CARRIER, False, "No space on the planned transport"),
        reason.TRANSPORT_MECHANICAL: meaning(by.CARRIER, False, "A mechanical fault"),
        reason.TRANSPORT_VEHICLE: meaning(by.CARRIER, False, "A vehicle problem"),
        reason.TRANSPORT_ROAD_CLOSED: meaning(by.NONE, False, "A road is closed"),
        reason.TRANSPORT_STRIKE: meaning(by.NONE, False, "A strike"),
        reason.TRANSPORT_HOLIDAY: meaning(by.NONE, False, "A public holiday"),
        reason.CARRIER_SORTING_ERROR: meaning(by.CARRIER, False, "Sorted wrongly"),
        reason.CARRIER_MISROUTED: meaning(by.CARRIER, False, "Sent to the wrong place"),
        reason.CARRIER_DAMAGED: meaning(by.CARRIER, True, "Damaged on the way"),
        reason.CARRIER_LOST: meaning(by.CARRIER, True, "Lost on the way"),
        reason.CARRIER_LABEL_UNREADABLE: meaning(by.CARRIER, True, "The label cannot be read"),
        reason.CARRIER_SERVICE_SUSPENDED: meaning(by.CARRIER, False, "The service is suspended"),
        reason.NATURE_WEATHER: meaning(by.NONE, False, "Bad weather"),
        reason.NATURE_NATURAL_DISASTER: meaning(by.NONE, False, "A natural disaster"),
        reason.NATURE_FORCE_MAJEURE: meaning(by.NONE, False, "An event beyond control"),
        reason.CONSIGNEE_ABSENT: meaning(by.CARRIER, False, "Nobody was there"),
        reason.CONSIGNEE_CLOSED: meaning(by.CARRIER, False, "The business was closed"),
        reason.CONSIGNEE_REFUSED: meaning(by.MERCHANT, True, "The recipient refused the parcel"),
        reason.CONSIGNEE_WRONG_ADDRESS: meaning(by.BUYER, True, "The address is wrong or incomplete"),
        reason.CONSIGNEE_MOVED: meaning(by.BUYER, True, "The recipient has moved"),
        reason.CONSIGNEE_INACCESSIBLE: meaning(by.BUYER, True, "The address cannot be reached"),
        reason.CONSIGNEE_VERIFICATION_FAILED: meaning(by.BUYER, True, "The recipient's identity could not be checked"),
        reason.CONSIGNEE_PAYMENT: meaning(by.BUYER, True, "The recipient has to pay"),
        reason.CONSIGNEE_CANCELLED: meaning(by.MERCHANT, True, "The recipient cancelled the order"),
        reason.SENDER_CANCELLED: meaning(by.NONE, False, "The sender cancelled the shipment"),
        reason.SENDER_WRONG_DATA: meaning(by.MERCHANT, True, "The sender's data are wrong"),
        reason.SENDER_NOT_READY: meaning(by.MERCHANT, True, "The goods were not ready"),
        reason.SENDER_PACKAGING: meaning(by.MERCHANT, True, "The packaging is not good enough"),
        reason.SENDER_DIMENSIONS: meaning(by.MERCHANT, True, "Weight or size differ from the declaration"),
        reason.SENDER_PAYMENT: meaning(by.MERCHANT, True, "The sender has to pay"),
        reason.OTHER_SECURITY: meaning(by.CARRIER, False, "A security check"),
        reason.OTHER_REGULATORY: meaning(by.CUSTOMS, False, "An authority's check"),
        reason.OTHER_UNDER_INVESTIGATION: meaning(by.CARRIER, False, "The carrier is looking for it"),
        reason.OTHER_UNKNOWN: meaning(by.CARRIER, False, "The carrier gives no reason"),
    }


REASONS: dict[Reason, ReasonMeaning] = _reasons()
