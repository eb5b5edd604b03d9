"""What the carriers sent, verbatim: the proof behind every event."""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from uuid import UUID
from xml.etree import ElementTree as ET

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from carriers.bounds import decode_xml
from carriers.errors import CarrierError
from tracking.accounts.permissions import Action
from tracking.portal.console import words
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.views.shipment import find_shipment
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import RawAnswer, Shipment

MOST_LISTED = 100
MOST_SHOWN = 200_000  # characters; the whole answer can be downloaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An answer in the list."""

    id: UUID
    carrier: str
    channel: str
    when: str
    at: str
    http_status: int
    failure: str
    size: str


@require_GET
@console_page(Action.VIEW_RAW_ANSWERS)
def raw_answer_list(request: ConsoleRequest, number: str) -> HttpResponse:
    """The newest first, without their bodies."""
    shipment = find_shipment(number)
    found = RawAnswer.objects.filter(shipment=shipment).defer("body").order_by("-id")[:MOST_LISTED]
    lines = [_line(answer, shipment) for answer in found]
    return render_page(
        request,
        "raw_answers.html",
        "shipments",
        shipment=shipment,
        lines=lines,
        order=_name(shipment),
        most=MOST_LISTED,
    )


@require_GET
@console_page(Action.VIEW_RAW_ANSWERS)
def raw_answer(request: ConsoleRequest, number: str, answer_id: UUID) -> HttpResponse:
    """One answer, laid out to be read."""
    shipment = find_shipment(number)
    answer = _find(shipment, answer_id)
    body = zlib.decompress(bytes(answer.body))
    text, layout = laid_out(body)
    return render_page(
        request,
        "raw_answer.html",
        "shipments",
        shipment=shipment,
        line=_line(answer, shipment),
        text=text[:MOST_SHOWN],
        is_cut=len(text) > MOST_SHOWN,
        layout=layout,
        sha256=hashlib.sha256(body).hexdigest(),
        order=_name(shipment),
    )


@require_GET
@console_page(Action.VIEW_RAW_ANSWERS)
def download(_: ConsoleRequest, number: str, answer_id: UUID) -> HttpResponse:
    """The answer as it came, to the byte. Never shown by the browser itself: it is a stranger's text."""
    shipment = find_shipment(number)
    answer = _find(shipment, answer_id)
    body = zlib.decompress(bytes(answer.body))
    name = f"{answer.carrier or 'told'}-{answer.received_at:%Y%m%dT%H%M%SZ}.{_ENDINGS[laid_out(body)[1]]}"
    return HttpResponse(
        body,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


_ENDINGS = {"JSON": "json", "XML": "xml", "text": "txt"}


def laid_out(body: bytes) -> tuple[str, str]:
    """The body as text, indented where it is JSON or XML, and which of the two it is (else "text")."""
    text = body.decode("utf-8", errors="backslashreplace")
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False), "JSON"
    except (ValueError, RecursionError):
        pass
    if not text.lstrip().startswith("<"):
        return text, "text"
    try:
        root = decode_xml(body)
    except CarrierError:
        return text, "text"
    ET.indent(root)
    return ET.tostring(root, encoding="unicode"), "XML"


def _find(shipment: Shipment, answer_id: UUID) -> RawAnswer:
    found = RawAnswer.objects.filter(shipment=shipment, id=answer_id).first()
    if found is None:
        raise Http404
    return found


def _line(answer: RawAnswer, shipment: Shipment) -> Line:
    return Line(
        id=answer.id,
        carrier=carrier_name(answer.carrier) or _("Nobody we know"),
        channel=_(words.CHANNELS[answer.channel]),
        when=words.moment(answer.received_at, shipment.merchant.zone),
        at=answer.received_at.isoformat(timespec="seconds"),
        http_status=answer.http_status,
        failure=answer.failure,
        size=words.size(answer.size),
    )


def _name(shipment: Shipment) -> str:
    return shipment.order_number or shipment.number
