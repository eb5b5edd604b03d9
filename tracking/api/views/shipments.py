"""Shipments: register, list, read, change, delete and restore, ask the carriers now."""

from __future__ import annotations

from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from tracking.accounts.permissions import Action
from tracking.api import answers
from tracking.api.endpoint import Endpoint
from tracking.api.idempotency import once
from tracking.api.lookup import find_shipment, site
from tracking.api.pagination import page_of
from tracking.api.schema import describe
from tracking.api.serializers.answers import RefreshAnswer, ShipmentAnswer, ShipmentSummary, paged
from tracking.api.serializers.filters import ShipmentFilter, query
from tracking.api.serializers.requests import ShipmentChange, ShipmentRequest, leg_spec
from tracking.shipments import services
from tracking.shipments.models import Shipment
from tracking.shipments.recording.reading import journey


def detail(shipment: Shipment) -> answers.Json:
    """The shipment whole."""
    return answers.shipment_detail(journey(shipment), site())


class ShipmentList(Endpoint):
    """All shipments of the merchant."""

    actions = {"GET": Action.VIEW_SHIPMENTS, "POST": Action.CHANGE_SHIPMENTS}

    @describe("list_shipments", "List shipments", paged(ShipmentSummary), parameters=[ShipmentFilter])
    def get(self, request: Request) -> Response:
        """The newest first. All filters that are given must hold."""
        asked = ShipmentFilter(data=query(request.query_params))
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        page = page_of(asked.shipments().with_legs(), cursor=given["cursor"], limit=given["limit"])
        address = site()
        results = [answers.shipment_summary(row, row.ordered_legs, address) for row in page.rows]
        return Response({"results": results, "next_cursor": page.next_cursor})

    @describe(
        "register_shipment", "Register a shipment", ShipmentAnswer, status=201, body=ShipmentRequest, is_idempotent=True
    )
    @once
    def post(self, request: Request) -> Response:
        """The shipment gets our number, and its carriers are asked within seconds.

        A leg without a carrier is detected. Where its number fits several carriers, the best candidate is tried and all
        are listed in the leg's `candidates`; PATCH the leg to choose another.
        """
        body = ShipmentRequest(data=request.data)
        body.is_valid(raise_exception=True)
        told = dict(body.validated_data)
        legs = [leg_spec(leg) for leg in told.pop("legs", [])]
        shipment = services.register_shipment(self.merchant, legs=legs, **told)
        address = reverse("api:shipment", args=[shipment.number])
        return Response(detail(shipment), status=201, headers={"Location": address})


class ShipmentDetail(Endpoint):
    """One shipment."""

    actions = {
        "GET": Action.VIEW_SHIPMENTS,
        "PATCH": Action.CHANGE_SHIPMENTS,
        "DELETE": Action.CHANGE_SHIPMENTS,
    }

    @describe("read_shipment", "Read a shipment", ShipmentAnswer)
    def get(self, _: Request, number: str) -> Response:
        """With its legs, how fresh our knowledge of each is, and the merged timeline of events."""
        return Response(detail(find_shipment(number)))

    @describe("change_shipment", "Change a shipment", ShipmentAnswer, body=ShipmentChange)
    def patch(self, request: Request, number: str) -> Response:
        """What you told of it; what the carriers told cannot be changed."""
        shipment = find_shipment(number)
        body = ShipmentChange(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(detail(services.change_shipment(shipment, **body.validated_data)))

    @describe("delete_shipment", "Delete a shipment", None, status=204)
    def delete(self, _: Request, number: str) -> Response:
        """Takes it out of the lists and off the buyer's page, and stops asking for it. POST .../restore undoes it."""
        services.archive_shipment(find_shipment(number, include_archived=True))
        return Response(status=204)


class ShipmentRestore(Endpoint):
    """Undoes a deletion."""

    actions = {"POST": Action.CHANGE_SHIPMENTS}

    @describe("restore_shipment", "Restore a deleted shipment", ShipmentAnswer, is_idempotent=True)
    @once
    def post(self, _: Request, number: str) -> Response:
        """Puts a deleted shipment back; its carriers are asked at once. Does nothing to one that was not deleted."""
        shipment = find_shipment(number, include_archived=True)
        if shipment.archived_at is not None:
            services.restore_shipment(shipment)
        return Response(detail(shipment))


class ShipmentRefresh(Endpoint):
    """Asks the carriers now."""

    actions = {"POST": Action.CHANGE_SHIPMENTS}

    @describe("refresh_shipment", "Ask the carriers now", RefreshAnswer, status=202, is_idempotent=True)
    @once
    def post(self, _: Request, number: str) -> Response:
        """Makes every leg that can be asked due; read the shipment at `expected_at`. A leg that was asked within the
        last ten minutes is left alone, and of an account's calls a small reserve is kept for such questions."""
        return Response(answers.refresh_outcome(services.request_refresh(find_shipment(number))), status=202)
