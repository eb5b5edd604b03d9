"""Transport units: what shipments travel in together."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from carriers.vocabulary import Status
from tracking.accounts.permissions import Action
from tracking.inbound import units
from tracking.inbound.models import InboundItem, TransportUnit, UnitMember
from tracking.inbound.tasks import catch_up
from tracking.inbound.telling import members_of
from tracking.jobs.waking import wake
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.inbound import UnitRow, item_row, unit_row
from tracking.portal.console.inbound_forms import MembersForm, UnitForm
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.errors import Invalid

MOST_UNITS, MOST_MEMBERS, MOST_EVENTS = 100, 500, 100


@require_http_methods(["GET", "POST"])
@console_page(Action.VIEW_SHIPMENTS, posting=Action.CHANGE_SHIPMENTS)
def unit_list(request: ConsoleRequest) -> HttpResponse:
    """The newest first, and the form for another."""
    form = UnitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            unit, _is_new = units.create_unit(
                request.merchant, told["kind"], told["reference"], carrier=told["carrier"]
            )
        except Invalid as error:
            form.blame(error)
        else:
            return redirect("console:unit", unit.pk)
    rows = [_row(unit, request.merchant.zone) for unit in TransportUnit.objects.order_by("-id")[:MOST_UNITS]]
    return render_page(request, "units.html", "inbound", status=400 if form.errors else 200, form=form, rows=rows)


@require_http_methods(["GET", "POST"])
@console_page(Action.VIEW_SHIPMENTS, posting=Action.CHANGE_SHIPMENTS)
def unit_page(request: ConsoleRequest, unit_id: UUID) -> HttpResponse:
    """What travels in it, what it was told, and the form that puts more into it."""
    unit = _find(unit_id)
    form = MembersForm(request.POST if request.method == "POST" else None)
    problems: list[dict[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            added, problems = units.add_members(unit, form.numbers())
        except Invalid as error:
            form.blame(error)
        else:
            wake(catch_up)
            if added:
                told = ngettext("{n} was put in.", "{n} were put in.", len(added)).format(n=len(added))
                messages.success(request, told)
            if not problems:
                return redirect("console:unit", unit.pk)
    members = UnitMember.objects.filter(unit=unit, removed_at=None).select_related("shipment", "inner").order_by("id")
    items = InboundItem.objects.filter(unit=unit).order_by("-received_at", "-position")[:MOST_EVENTS]
    return render_page(
        request,
        "unit.html",
        "inbound",
        status=400 if form.errors or problems else 200,
        unit=unit,
        row=_row(unit, request.merchant.zone),
        members=[_member(member) for member in members[:MOST_MEMBERS]],
        events=[item_row(item, request.merchant) for item in items],
        form=form,
        problems=problems,
    )


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def remove_member(request: ConsoleRequest, unit_id: UUID, member_id: UUID) -> HttpResponse:
    """Takes something out of a unit."""
    unit = _find(unit_id)
    if not unit.members.filter(pk=member_id, removed_at=None).exists():
        raise Http404
    units.remove_member(unit, member_id, was_never_in="was_never_in" in request.POST)
    messages.success(request, _("It is taken out, and told nothing of it from now on."))
    return redirect("console:unit", unit.pk)


def _member(member: UnitMember) -> tuple[UnitMember, str]:
    """With its status in words."""
    return member, _(Status(member.shipment.status).label) if member.shipment is not None else ""


def _row(unit: TransportUnit, zone: str) -> UnitRow:
    name = carrier_name(unit.carrier, unit.carrier_name)
    return unit_row(unit, len(members_of(unit.pk)), name, zone)


def _find(unit_id: UUID) -> TransportUnit:
    unit: TransportUnit | None = TransportUnit.objects.select_related("merchant").filter(pk=unit_id).first()
    if unit is None:
        raise Http404
    return unit
