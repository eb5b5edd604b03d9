"""What the carriers sent, verbatim: the proof behind every event."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from tracking.accounts.permissions import Action
from tracking.api import answers
from tracking.api.endpoint import Endpoint
from tracking.api.errors import not_found
from tracking.api.lookup import find_shipment
from tracking.api.pagination import page_of
from tracking.api.schema import describe
from tracking.api.serializers.answers import RawAnswerDetail, RawAnswerSummary, paged
from tracking.api.serializers.filters import PageFilter
from tracking.shipments.models import RawAnswer


class RawAnswerList(Endpoint):
    """The raw answers of a shipment."""

    actions = {"GET": Action.VIEW_RAW_ANSWERS}

    @describe("list_raw_answers", "List what carriers sent", paged(RawAnswerSummary), parameters=[PageFilter])
    def get(self, request: Request, number: str) -> Response:
        """The newest first, without their bodies."""
        shipment = find_shipment(number)
        asked = PageFilter(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        rows = RawAnswer.objects.filter(shipment=shipment).defer("body")
        page = page_of(rows, cursor=asked.validated_data["cursor"], limit=asked.validated_data["limit"])
        results = [answers.raw_answer_summary(row) for row in page.rows]
        return Response({"results": results, "next_cursor": page.next_cursor})


class RawAnswerOne(Endpoint):
    """One raw answer."""

    actions = {"GET": Action.VIEW_RAW_ANSWERS}

    @describe("read_raw_answer", "Read what a carrier sent", RawAnswerDetail)
    def get(self, _: Request, number: str, answer_id: UUID) -> Response:
        """Verbatim, decompressed, as text."""
        row = RawAnswer.objects.filter(shipment=find_shipment(number), id=answer_id).first()
        if row is None:
            raise not_found(f"The shipment has no raw answer {answer_id}.")
        return Response(answers.raw_answer_detail(row))
