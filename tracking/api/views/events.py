"""Events that no carrier of ours reports."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from carriers.vocabulary import EventCode, Reason, Status
from tracking.accounts.permissions import Action
from tracking.api.endpoint import Endpoint
from tracking.api.idempotency import once
from tracking.api.lookup import find_shipment
from tracking.api.schema import describe
from tracking.api.serializers.answers import ShipmentAnswer
from tracking.api.serializers.requests import CODE_OF_STATUS, EventRequest
from tracking.api.views.shipments import detail
from tracking.rules.facts import Channel
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Leg, Shipment


class EventList(Endpoint):
    """The events of a shipment."""

    actions = {"POST": Action.CHANGE_SHIPMENTS}

    @describe("tell_event", "Tell an event", ShipmentAnswer, status=201, body=EventRequest, is_idempotent=True)
    @once
    def post(self, request: Request, number: str) -> Response:
        """A forwarder's, a broker's, a warehouse's or your own event.

        It joins the timeline like a carrier's; telling the same one twice changes nothing.
        """
        shipment = find_shipment(number)
        body = EventRequest(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        services.record_told_event(
            shipment,
            leg=_leg(shipment, told),
            code=EventCode(told["code"]) if "code" in told else CODE_OF_STATUS[Status(told["status"])],
            occurred_at=told["occurred_at"],
            channel=Channel.MERCHANT,
            place=told.get("place", ""),
            country=told.get("country", ""),
            text=told.get("text", ""),
            reason=Reason(told["reason"]) if "reason" in told else None,
            carrier_name=told.get("carrier_name", ""),
        )
        shipment.refresh_from_db()
        return Response(detail(shipment), status=201)


def _leg(shipment: Shipment, told: dict[str, Any]) -> Leg | None:
    if "leg" not in told:
        return None
    leg: Leg | None = Leg.objects.standing().filter(shipment=shipment, pk=told["leg"]).first()
    if leg is None:
        raise Invalid("leg", f"the shipment has no leg {told['leg']}", "Take the id from the shipment's `legs`.")
    return leg
