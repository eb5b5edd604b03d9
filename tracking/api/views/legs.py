"""Legs: add one, correct one, take one away."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from tracking.accounts.permissions import Action
from tracking.api import answers
from tracking.api.endpoint import Endpoint
from tracking.api.idempotency import once
from tracking.api.lookup import find_leg, find_shipment
from tracking.api.schema import describe
from tracking.api.serializers.answers import LegAnswer
from tracking.api.serializers.requests import LegChange, LegRequest, leg_spec
from tracking.rules.facts import Evidence, LegRole
from tracking.shipments import services
from tracking.shipments.models import Leg


class LegList(Endpoint):
    """The legs of a shipment."""

    actions = {"POST": Action.CHANGE_SHIPMENTS}

    @describe("add_leg", "Add a leg", LegAnswer, status=201, body=LegRequest, is_idempotent=True)
    @once
    def post(self, request: Request, number: str) -> Response:
        """At the end of the chain: the next carrier, once its number is known."""
        shipment = find_shipment(number)
        body = LegRequest(data=request.data)
        body.is_valid(raise_exception=True)
        leg = services.add_leg(shipment, leg_spec(body.validated_data), evidence=Evidence.MERCHANT)
        return Response(answers.leg_detail(leg), status=201)


class LegDetail(Endpoint):
    """One leg."""

    actions = {"PATCH": Action.CHANGE_SHIPMENTS, "DELETE": Action.CHANGE_SHIPMENTS}

    @describe("correct_leg", "Correct a leg", LegAnswer, body=LegChange)
    def patch(self, request: Request, number: str, leg_id: UUID) -> Response:
        """Another carrier, number, role or field.

        The answer is the leg that takes its place, under a new id. What was told of the old one counts no more.
        """
        shipment = find_shipment(number)
        body = LegChange(data=request.data)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            leg = find_leg(shipment, leg_id)
            spec = leg_spec(_as_it_was(leg, body.validated_data) | body.validated_data)
            corrected = services.correct_leg(leg, spec, evidence=Evidence.MERCHANT)
        return Response(answers.leg_detail(corrected))

    @describe("remove_leg", "Remove a leg", None, status=204)
    def delete(self, _: Request, number: str, leg_id: UUID) -> Response:
        """Takes it out of the chain; its events count no more."""
        services.remove_leg(find_leg(find_shipment(number), leg_id))
        return Response(status=204)


def _as_it_was(leg: Leg, change: dict[str, object]) -> dict[str, object]:
    """What the leg says already, as far as the change leaves it standing.

    A new number is detected anew where the old one's carrier was; another carrier has other fields.
    """
    kept: dict[str, object] = {"number": leg.number, "role": LegRole(leg.role).value, "carrier_name": leg.carrier_name}
    was_detected = bool(leg.candidates)
    if not ("number" in change and was_detected):
        kept["carrier"] = leg.carrier
    if "carrier" not in change or change["carrier"] == leg.carrier:
        kept["fields"] = leg.fields
    if change.get("carrier"):
        kept["carrier_name"] = ""
    if change.get("carrier_name"):
        kept["carrier"] = ""
    return kept
