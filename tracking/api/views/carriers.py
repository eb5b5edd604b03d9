"""Carriers: which there are, and whose a number is. And the answer to addresses that do not exist."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from carriers import numbers, registry
from tracking.accounts.permissions import Action
from tracking.api import answers
from tracking.api.endpoint import Endpoint
from tracking.api.errors import not_found
from tracking.api.schema import describe
from tracking.api.serializers.answers import CarrierList, DetectionAnswer
from tracking.api.serializers.requests import DetectRequest
from tracking.shipments import carrier_facts, detection
from tracking.shipments.models import CarrierAccount


class Carriers(Endpoint):
    """Every carrier whose numbers we know."""

    actions = {"GET": Action.VIEW_SHIPMENTS}

    @describe("list_carriers", "List carriers", CarrierList)
    def get(self, _: Request) -> Response:
        """Each with the fields that it needs beside a number. One page: the list changes with our releases alone.

        Only `outage` is of the moment.
        """
        failing = {account.carrier: account for account in CarrierAccount.objects.failing()}
        sheets = registry.sheets().values()
        return Response({"results": [answers.carrier(sheet, failing.get(sheet.slug)) for sheet in sheets]})


class Detect(Endpoint):
    """Whose number is it?"""

    actions = {"POST": Action.VIEW_SHIPMENTS}

    @describe("detect_carrier", "Detect a number's carrier", DetectionAnswer, body=DetectRequest)
    def post(self, request: Request) -> Response:
        """A ranked list, never one guess; your carriers and those of the destination rank higher. Stores nothing."""
        body = DetectRequest(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        number = carrier_facts.clean_number(told["number"])
        found = detection.detect(
            self.merchant.id,
            told["number"],
            destination=told.get("destination_country") or "",
            origin=told.get("origin_country") or "",
        )
        return Response(
            {"number": number, "candidates": [_named(item) for item in found.candidates], "note": found.note}
        )


class Nowhere(Endpoint):
    """Every address under /api/v1 that is none."""

    permission_classes = ()
    schema = None

    def get(self, _: Request, rest: str = "") -> Response:
        slash = " Leave out the slash at its end." if rest.endswith("/") else ""
        raise not_found(f"There is nothing at this address.{slash} GET /api/v1/schema lists all that there is.")

    post = patch = put = delete = get


def _named(item: numbers.Candidate) -> dict[str, Any]:
    return {
        "carrier": item.carrier,
        "carrier_name": carrier_facts.carrier_name(item.carrier),
        "confidence": round(item.confidence, 3),
        "reason": item.reason,
        "is_polled": registry.has_adapter(item.carrier),
    }
