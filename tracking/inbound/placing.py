"""What a partner's event means for one shipment: where it lies on that shipment's way, and whether it is all of it."""

from __future__ import annotations

from carriers.vocabulary import EventCode, Status

_C = EventCode

# A unit's end is not the buyer's: "delivered" of an air waybill is delivered to a broker.
_OF_A_UNIT: dict[Status, EventCode] = {
    Status.DELIVERED: _C.ANY_IN_TRANSIT,
    Status.OUT_FOR_DELIVERY: _C.ANY_IN_TRANSIT,
    Status.AVAILABLE_FOR_PICKUP: _C.ANY_IN_TRANSIT,
    Status.ATTEMPT_FAILED: _C.ANY_NOTE,
    Status.INFO_RECEIVED: _C.ANY_NOTE,
    Status.CANCELLED: _C.ANY_NOTE,
    Status.RETURNING: _C.ANY_NOTE,
    Status.RETURNED: _C.ANY_NOTE,
    Status.EXPIRED: _C.ANY_NOTE,
}
_EXPORT = {
    _C.IMPORT_CUSTOMS_DECLARED: _C.EXPORT_CUSTOMS_PRESENTED,
    _C.IMPORT_CUSTOMS_PRESENTED: _C.EXPORT_CUSTOMS_PRESENTED,
    _C.IMPORT_CUSTOMS_RELEASED: _C.EXPORT_CUSTOMS_RELEASED,
    _C.IMPORT_CUSTOMS_INSPECTION: _C.EXPORT_CUSTOMS_HELD,
    _C.IMPORT_CUSTOMS_HELD: _C.EXPORT_CUSTOMS_HELD,
    _C.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED: _C.EXPORT_CUSTOMS_HELD,
    _C.IMPORT_CUSTOMS_REFUSED: _C.EXPORT_CUSTOMS_HELD,
    _C.LINEHAUL_ARRIVED: _C.ANY_IN_TRANSIT,
}
_TRANSIT = {
    _C.IMPORT_CUSTOMS_DECLARED: _C.TRANSIT_COUNTRY_CUSTOMS_PRESENTED,
    _C.IMPORT_CUSTOMS_PRESENTED: _C.TRANSIT_COUNTRY_CUSTOMS_PRESENTED,
    _C.IMPORT_CUSTOMS_RELEASED: _C.TRANSIT_COUNTRY_CUSTOMS_RELEASED,
    _C.IMPORT_CUSTOMS_INSPECTION: _C.TRANSIT_COUNTRY_CUSTOMS_HELD,
    _C.IMPORT_CUSTOMS_HELD: _C.TRANSIT_COUNTRY_CUSTOMS_HELD,
    _C.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED: _C.TRANSIT_COUNTRY_CUSTOMS_HELD,
    _C.IMPORT_CUSTOMS_REFUSED: _C.TRANSIT_COUNTRY_CUSTOMS_HELD,
    _C.LINEHAUL_ARRIVED: _C.TRANSIT_COUNTRY_ARRIVED,
    _C.LINEHAUL_DEPARTED: _C.TRANSIT_COUNTRY_DEPARTED,
    _C.LINEHAUL_HANDED_TO_CARRIER: _C.ANY_IN_TRANSIT,
}
_AT_DESTINATION = {
    _C.LINEHAUL_DEPARTED: _C.ANY_IN_TRANSIT,
    _C.LINEHAUL_HANDED_TO_CARRIER: _C.ANY_IN_TRANSIT,
    _C.TRANSIT_COUNTRY_ARRIVED: _C.LINEHAUL_ARRIVED,
}


def placed(
    code: EventCode, country: str | None, *, origin: str, destination: str, is_unit: bool, is_part: bool
) -> EventCode:
    """The event code for a shipment from `origin` to `destination` (ISO alpha-2, "" where not known).

    Of some of the pieces nobody can say whether this shipment was among them: that is a note.
    """
    if is_part and code is not _C.UNKNOWN:
        return _C.ANY_NOTE
    if is_unit and code.status in _OF_A_UNIT:
        code = _OF_A_UNIT[code.status]
    if country is None or not destination or origin == destination:
        return code
    if country == destination:
        return _AT_DESTINATION.get(code, code)
    if country == origin:
        return _EXPORT.get(code, code)
    # Without an origin, what happens outside the destination may as well be the origin.
    return _TRANSIT.get(code, code) if origin else code
