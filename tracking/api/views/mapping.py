"""Unknown wordings, the phrasebook, replays, and how well each carrier is understood."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from tracking.accounts.models import ApiKey
from tracking.accounts.permissions import Action
from tracking.api import mapping_answers as answers
from tracking.api.endpoint import Endpoint
from tracking.api.errors import not_found
from tracking.api.idempotency import once
from tracking.api.lookup import find_shipment
from tracking.api.pagination import page_of
from tracking.api.schema import describe
from tracking.api.serializers.answers import paged
from tracking.api.serializers.filters import PageFilter
from tracking.api.serializers.mapping import (
    CarrierFilter,
    PatchAnswer,
    PhrasebookRowAnswer,
    ReplayAnswer,
    ReplayRequest,
    RowFilter,
    RowRequest,
    UnderstoodList,
    UnknownFilter,
    UnknownPage,
)
from tracking.jobs.waking import wake
from tracking.mapping import replays, understood
from tracking.mapping.export import patch
from tracking.mapping.models import Replay
from tracking.mapping.rows import Author, Mapping, end_row, map_wording
from tracking.mapping.tasks import run_replay
from tracking.mapping.unknown import unknown
from tracking.phrasebook.models import PhrasebookRow
from tracking.shipments.carrier_facts import carrier_sheet


class Unknown(Endpoint):
    """The queue of what no table knows."""

    actions = {"GET": Action.VIEW_MAPPING}

    @describe("list_unknown_wordings", "List unknown wordings", UnknownPage, parameters=[UnknownFilter])
    def get(self, request: Request) -> Response:
        """Grouped by carrier, code and wording (numbers aside), the most frequent first, with examples."""
        asked = _checked(UnknownFilter, request)
        queue = unknown(self.merchant, carrier=_slug(asked["carrier"]), cursor=asked["cursor"])
        return Response(answers.unknown_page(queue))


class Understood(Endpoint):
    """The understood rates."""

    actions = {"GET": Action.VIEW_MAPPING}

    @describe("list_understood_rates", "List how well carriers are understood", UnderstoodList)
    def get(self, _: Request) -> Response:
        """The share of events with a known code, by carrier; counted once an hour and after a replay."""
        return Response({"results": [answers.understood(rate) for rate in understood.rates(self.merchant)]})


class Patch(Endpoint):
    """The phrasebook as a patch of a fact sheet."""

    actions = {"GET": Action.VIEW_MAPPING}

    @describe("read_phrasebook_patch", "Export rows for a fact sheet", PatchAnswer, parameters=[CarrierFilter])
    def get(self, request: Request) -> Response:
        """To be sent to the project, so that everybody understands the carrier.

        Your own words stand in it: read it first.
        """
        return Response(answers.patch(patch(self.merchant, _slug(_checked(CarrierFilter, request)["carrier"]))))


class RowList(Endpoint):
    """The phrasebook."""

    actions = {"GET": Action.VIEW_MAPPING, "POST": Action.CHANGE_MAPPING}

    @describe("list_phrasebook_rows", "List the phrasebook", paged(PhrasebookRowAnswer), parameters=[RowFilter])
    def get(self, request: Request) -> Response:
        """The newest first; those that ended or were superseded on demand."""
        asked = _checked(RowFilter, request)
        rows: QuerySet[PhrasebookRow] = PhrasebookRow.objects.all()
        rows = rows if asked["include_ended"] else PhrasebookRow.objects.standing()
        if asked["carrier"]:
            rows = rows.filter(carrier=_slug(asked["carrier"]))
        page = page_of(rows, cursor=asked["cursor"], limit=asked["limit"])
        return Response({"results": [answers.row(each) for each in page.rows], "next_cursor": page.next_cursor})

    @describe("map_wording", "Map a wording", PhrasebookRowAnswer, status=201, body=RowRequest, is_idempotent=True)
    @once
    def post(self, request: Request) -> Response:
        """Counts at once for what comes in. What came before is read again by a replay.

        Another meaning of the same code and wording supersedes the row that stands.
        """
        body = RowRequest(data=request.data)
        body.is_valid(raise_exception=True)
        told: dict[str, str] = body.validated_data
        row = map_wording(self.merchant, Mapping(**(told | {"carrier": _slug(told["carrier"])})), _author(request))
        return Response(answers.row(row), status=201)


class RowDetail(Endpoint):
    """One row of the phrasebook."""

    actions = {"GET": Action.VIEW_MAPPING, "DELETE": Action.CHANGE_MAPPING}

    @describe("read_phrasebook_row", "Read a row of the phrasebook", PhrasebookRowAnswer)
    def get(self, _: Request, row_id: UUID) -> Response:
        """Also one that has ended."""
        return Response(answers.row(_row(row_id)))

    @describe("end_phrasebook_row", "End a row of the phrasebook", None, status=204)
    def delete(self, request: Request, row_id: UUID) -> Response:
        """From now on the fact sheet decides again. The row is kept; a replay takes back what it did."""
        end_row(_row(row_id), _author(request))
        return Response(status=204)


class ReplayList(Endpoint):
    """Replays."""

    actions = {"GET": Action.VIEW_MAPPING, "POST": Action.CHANGE_MAPPING}

    @describe("list_replays", "List replays", paged(ReplayAnswer), parameters=[PageFilter])
    def get(self, request: Request) -> Response:
        """The newest first."""
        asked = _checked(PageFilter, request)
        rows = Replay.objects.select_related("shipment")
        page = page_of(rows, cursor=asked["cursor"], limit=asked["limit"])
        return Response({"results": [answers.replay(each) for each in page.rows], "next_cursor": page.next_cursor})

    @describe("start_replay", "Start a replay", ReplayAnswer, status=201, body=ReplayRequest, is_idempotent=True)
    @once
    def post(self, request: Request) -> Response:
        """Reads old raw answers again with today's tables: dry unless `is_dry` is false. One at a time."""
        body = ReplayRequest(data=request.data)
        body.is_valid(raise_exception=True)
        told: dict[str, Any] = body.validated_data
        row = replays.start(
            self.merchant,
            carrier=_slug(told.get("carrier", "")),
            shipment=find_shipment(told["shipment"]) if "shipment" in told else None,
            is_dry=told["is_dry"],
            started_by=_author(request).name,
        )
        transaction.on_commit(partial(wake, run_replay, str(row.pk)))
        address = reverse("api:mapping-replay", args=[row.pk])
        return Response(answers.replay(row), status=201, headers={"Location": address})


class ReplayDetail(Endpoint):
    """One replay."""

    actions = {"GET": Action.VIEW_MAPPING}

    @describe("read_replay", "Read a replay", ReplayAnswer)
    def get(self, _: Request, replay_id: UUID) -> Response:
        """How far it is, and what changes."""
        return Response(answers.replay(_replay(replay_id)))


class ReplayCancel(Endpoint):
    """Ends a replay."""

    actions = {"POST": Action.CHANGE_MAPPING}

    @describe("cancel_replay", "Cancel a replay", ReplayAnswer, is_idempotent=True)
    @once
    def post(self, _: Request, replay_id: UUID) -> Response:
        """After the batch it is at. What was done stays done; a finished replay is left alone."""
        return Response(answers.replay(replays.cancel(_replay(replay_id))))


def _checked(kind: type[Any], request: Request) -> dict[str, Any]:
    asked = kind(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)


def _slug(carrier: str) -> str:
    """The slug of a slug or alias, "" for none. Raises Invalid."""
    return carrier_sheet(carrier).slug if carrier else ""


def _author(request: Request) -> Author:
    key = request.auth
    return Author(name=f"{key.name} ({key.prefix}…)" if isinstance(key, ApiKey) else "API")


def _row(row_id: UUID) -> PhrasebookRow:
    row: PhrasebookRow | None = PhrasebookRow.objects.select_related("merchant").filter(pk=row_id).first()
    if row is None:
        raise not_found(f"The phrasebook has no row {row_id}.")
    return row


def _replay(replay_id: UUID) -> Replay:
    found: Replay | None = Replay.objects.select_related("shipment").filter(pk=replay_id).first()
    if found is None:
        raise not_found(f"There is no replay {replay_id}.")
    return found
