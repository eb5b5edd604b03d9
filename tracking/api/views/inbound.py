"""What partners without a carrier API tell: events, files of the standards' messages, and the units they speak of."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request
from rest_framework.response import Response

from carriers import registry
from tracking import clock
from tracking.accounts.models import ApiKey
from tracking.accounts.permissions import Action
from tracking.api import inbound_answers as answers
from tracking.api.endpoint import Endpoint
from tracking.api.errors import not_found
from tracking.api.idempotency import once
from tracking.api.pagination import page_of
from tracking.api.schema import describe
from tracking.api.serializers.answers import paged
from tracking.api.serializers.filters import PageFilter
from tracking.api.serializers.inbound import (
    EventsAnswer,
    EventsRequest,
    FileAnswer,
    FileFilter,
    ItemAnswer,
    ItemFilter,
    MembersAnswer,
    MembersRequest,
    PreviewAnswer,
    RemovalFilter,
    UnitAnswer,
    UnitDetailAnswer,
    UnitFilter,
    UnitRequest,
)
from tracking.inbound import files, json_events, units
from tracking.inbound.models import InboundFile, InboundItem, TransportUnit
from tracking.inbound.preview import preview, preview_reading
from tracking.inbound.tasks import catch_up, read_files
from tracking.inbound.wire import bare
from tracking.jobs.waking import wake
from tracking.shipments.errors import Invalid


class InboundEvents(Endpoint):
    """Events of partners."""

    actions = {"POST": Action.CHANGE_SHIPMENTS}

    @describe(
        "tell_inbound_events", "Tell events of partners", EventsAnswer, status=202, body=EventsRequest,
        is_idempotent=True,
    )  # fmt: skip
    @once
    def post(self, request: Request) -> Response:
        """Up to 500 at once, each under any number that you or your partner know the goods by.

        A bad one is answered with its problem, and the others are told. A unit's number (an air waybill, a container)
        reaches every shipment in the unit. What nothing has is kept, and told when its number appears.
        """
        rows, carrier = _rows(request.data)
        body = json_events.encode(rows)
        reading = json_events.read(body, clock.now(), registry.find(carrier))
        found = preview_reading(self.merchant, reading)
        file, _ = files.receive(self.merchant, files.JSON_EVENTS, body, carrier=carrier, sent_by=_sender(request))
        transaction.on_commit(partial(wake, read_files))
        answer = {
            "file": str(file.pk),
            "accepted": len(reading.events),
            "refused": len(reading.problems),
            "results": answers.results(reading, found, len(rows)),
        }
        return Response(answer, status=202)


class InboundFiles(Endpoint):
    """Files of partners."""

    actions = {"GET": Action.VIEW_SHIPMENTS, "POST": Action.CHANGE_SHIPMENTS}

    @describe("list_inbound_files", "List partners' files", paged(FileAnswer), parameters=[PageFilter])
    def get(self, request: Request) -> Response:
        """The newest first."""
        asked = _checked(PageFilter, request)
        page = page_of(InboundFile.objects.defer("body"), cursor=asked["cursor"], limit=asked["limit"])
        counts = answers.state_counts(list(page.rows))
        results = [answers.file(row, counts[row.pk]) for row in page.rows]
        return Response({"results": results, "next_cursor": page.next_cursor})

    @describe(
        "send_inbound_file", "Send a partner's file", FileAnswer, status=202, also={200: PreviewAnswer},
        body={"application/octet-stream": OpenApiTypes.BINARY, "text/plain": OpenApiTypes.STR},
        parameters=[FileFilter], is_idempotent=True,
    )  # fmt: skip
    @once
    def post(self, request: Request) -> Response:
        """The file itself is the body: IFTSTA, X12 214, IATA FSU, DCSA events (JSON) or CSV.

        With `dry_run=true` nothing is kept, and the answer (200) says what would happen. Else (202) the file is kept
        before you are answered, and told within seconds; the same bytes again are the same file.
        """
        asked = _checked(FileFilter, request)
        body = request._request.body
        if asked["dry_run"]:
            found = preview(self.merchant, asked["format"], body, carrier=asked["carrier"])
            return Response(answers.preview(found))
        file, _ = files.receive(
            self.merchant, asked["format"], body, name=asked["name"], carrier=asked["carrier"],
            sent_by=_sender(request),
        )  # fmt: skip
        transaction.on_commit(partial(wake, read_files))
        address = reverse("api:inbound-file", args=[file.pk])
        return Response(_file(file), status=202, headers={"Location": address})


class InboundFileDetail(Endpoint):
    """One file."""

    actions = {"GET": Action.VIEW_SHIPMENTS}

    @describe("read_inbound_file", "Read what became of a file", FileAnswer)
    def get(self, _: Request, file_id: UUID) -> Response:
        """With what could not be read, and why."""
        return Response(_file(_find_file(file_id)))


class InboundItems(Endpoint):
    """The events of a file."""

    actions = {"GET": Action.VIEW_SHIPMENTS}

    @describe("list_inbound_items", "List the events of a file", paged(ItemAnswer), parameters=[ItemFilter])
    def get(self, request: Request, file_id: UUID) -> Response:
        """Each with what became of it; `state=unmatched` for those that wait for their number."""
        asked = _checked(ItemFilter, request)
        rows = InboundItem.objects.filter(file=_find_file(file_id))
        if "state" in asked:
            rows = rows.filter(state=asked["state"])
        page = page_of(rows, cursor=asked["cursor"], limit=asked["limit"])
        return Response({"results": [answers.item(row) for row in page.rows], "next_cursor": page.next_cursor})


class Units(Endpoint):
    """Transport units."""

    actions = {"GET": Action.VIEW_SHIPMENTS, "POST": Action.CHANGE_SHIPMENTS}

    @describe("list_units", "List transport units", paged(UnitAnswer), parameters=[UnitFilter])
    def get(self, request: Request) -> Response:
        """The newest first."""
        asked = _checked(UnitFilter, request)
        rows = TransportUnit.objects.all()
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        if "reference" in asked:
            rows = rows.filter(key=bare(asked["reference"]))
        page = page_of(rows, cursor=asked["cursor"], limit=asked["limit"])
        return Response({"results": [answers.unit(row) for row in page.rows], "next_cursor": page.next_cursor})

    @describe(
        "create_unit", "Create a transport unit", UnitDetailAnswer, status=201, body=UnitRequest, is_idempotent=True
    )
    @once
    def post(self, request: Request) -> Response:
        """An air waybill, a container, a lorry: one event of it is told to every shipment in it.

        The same kind and reference again is the same unit. Messages that came before it was known are told to what you
        put in.
        """
        body = UnitRequest(data=request.data)
        body.is_valid(raise_exception=True)
        told = body.validated_data
        unit, _ = units.create_unit(self.merchant, told["kind"], told["reference"], carrier=told.get("carrier", ""))
        address = reverse("api:unit", args=[unit.pk])
        return Response(answers.unit_detail(unit), status=201, headers={"Location": address})


class UnitDetail(Endpoint):
    """One unit."""

    actions = {"GET": Action.VIEW_SHIPMENTS}

    @describe("read_unit", "Read a transport unit", UnitDetailAnswer)
    def get(self, _: Request, unit_id: UUID) -> Response:
        """With what travels in it."""
        return Response(answers.unit_detail(_find_unit(unit_id)))


class UnitMembers(Endpoint):
    """What travels in a unit."""

    actions = {"POST": Action.CHANGE_SHIPMENTS}

    @describe("add_unit_members", "Put shipments into a unit", MembersAnswer, body=MembersRequest, is_idempotent=True)
    @once
    def post(self, request: Request, unit_id: UUID) -> Response:
        """By our number, your order number, or another unit's reference.

        Who joins late is told what happened to the unit before. Numbers that nothing has are answered with the reason.
        """
        unit = _find_unit(unit_id)
        body = MembersRequest(data=request.data)
        body.is_valid(raise_exception=True)
        added, problems = units.add_members(unit, body.validated_data["shipments"])
        transaction.on_commit(partial(wake, catch_up))
        return Response({"added": len(added), "problems": problems, "unit": answers.unit_detail(unit)})


class UnitMemberDetail(Endpoint):
    """One thing that travels in a unit."""

    actions = {"DELETE": Action.CHANGE_SHIPMENTS}

    @describe("remove_unit_member", "Take something out of a unit", None, status=204, parameters=[RemovalFilter])
    def delete(self, request: Request, unit_id: UUID, member_id: UUID) -> Response:
        """It is told nothing of the unit from now on."""
        unit = _find_unit(unit_id)
        if not unit.members.filter(pk=member_id, removed_at=None).exists():
            raise not_found(f"There is no {member_id} in this unit.")
        units.remove_member(unit, member_id, was_never_in=_checked(RemovalFilter, request)["was_never_in"])
        return Response(status=204)


def _rows(data: Any) -> tuple[list[Any], str]:
    """The events, of which each is looked at by itself, and the partner. Raises Invalid."""
    if not isinstance(data, dict) or not isinstance(data.get("events"), list):
        raise Invalid("events", "is no list", 'Send {"events": [{"number": …, "occurred_at": …, "code": …}]}.')
    rows, carrier = data["events"], data.get("carrier", "")
    if unknown := next((name for name in data if name not in ("events", "carrier")), None):
        raise Invalid(str(unknown)[:60], "is not known here", "These are known: events, carrier.")
    if not isinstance(carrier, str):
        raise Invalid("carrier", "is no text", "Send a slug of GET /api/v1/carriers, or a name.")
    if not 1 <= len(rows) <= json_events.MOST:
        raise Invalid("events", f"has {len(rows):,} events", f"Send 1 to {json_events.MOST} at a time.")
    return rows, carrier


def _sender(request: Request) -> str:
    return f"API key {request.auth.name}" if isinstance(request.auth, ApiKey) else ""


def _file(file: InboundFile) -> answers.Json:
    return answers.file(file, answers.state_counts([file])[file.pk])


def _find_file(file_id: UUID) -> InboundFile:
    file: InboundFile | None = InboundFile.objects.defer("body").filter(pk=file_id).first()
    if file is None:
        raise not_found(f"You have no file {file_id}.")
    return file


def _find_unit(unit_id: UUID) -> TransportUnit:
    unit: TransportUnit | None = TransportUnit.objects.select_related("merchant").filter(pk=unit_id).first()
    if unit is None:
        raise not_found(f"You have no unit {unit_id}.")
    return unit


def _checked(kind: type[Any], request: Request) -> dict[str, Any]:
    asked = kind(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return dict(asked.validated_data)
