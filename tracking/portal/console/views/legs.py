"""Corrections to the chain of legs: add one, put another in its place, take one out."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tracking.accounts.models import Role
from tracking.accounts.permissions import Action
from tracking.portal.buyer.words import leg_name
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.forms import LegForm
from tracking.portal.console.leg_cards import shown
from tracking.portal.console.views.shipment import find_shipment
from tracking.rules.facts import Evidence
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Leg, Shipment


def _find_leg(shipment: Shipment, leg_id: UUID) -> Leg:
    found: Leg | None = Leg.objects.standing().filter(shipment=shipment, id=leg_id).first()
    if found is None:
        raise Http404
    return found


def _evidence(request: ConsoleRequest) -> Evidence:
    return Evidence.OPS if request.member.role == Role.OPS else Evidence.MERCHANT


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_SHIPMENTS)
def add_leg(request: ConsoleRequest, number: str) -> HttpResponse:
    """A further leg at the end."""
    shipment = find_shipment(number)
    form = LegForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            leg = services.add_leg(shipment, form.spec(), evidence=_evidence(request))
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("{carrier} is added.").format(carrier=leg_name(leg)))
            return redirect("console:shipment", number=shipment.number)
    return _form_page(request, shipment, form, None)


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_SHIPMENTS)
def correct_leg(request: ConsoleRequest, number: str, leg_id: UUID) -> HttpResponse:
    """Another carrier or number in the leg's place; what the old one told counts no more."""
    shipment = find_shipment(number)
    leg = _find_leg(shipment, leg_id)
    told = {f"field_{name}": value for name, value in leg.fields.items()}
    now = {"number": leg.number, "carrier": leg.carrier, "carrier_name": leg.carrier_name, "role": leg.role}
    form = LegForm(request.POST if request.method == "POST" else None, initial=now | told)
    if request.method == "POST" and form.is_valid():
        try:
            new = services.correct_leg(leg, form.spec(), evidence=_evidence(request))
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(
                request, _("Corrected: {carrier} {number}.").format(carrier=leg_name(new), number=new.number)
            )
            return redirect("console:shipment", number=shipment.number)
    return _form_page(request, shipment, form, leg)


def _form_page(request: ConsoleRequest, shipment: Shipment, form: LegForm, leg: Leg | None) -> HttpResponse:
    guesses = [shown(item) for item in leg.candidates if item["carrier"] != leg.carrier][:4] if leg else []
    return render_page(
        request,
        "leg_form.html",
        "shipments",
        status=400 if form.errors else 200,
        form=form,
        shipment=shipment,
        leg=leg,
        leg_words=f"{leg_name(leg)} {leg.number}" if leg else "",
        guesses=guesses,
        order=shipment.order_number or shipment.number,
    )


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def remove_leg(request: ConsoleRequest, number: str, leg_id: UUID) -> HttpResponse:
    """Out of the chain; its events and answers are kept, and count no more."""
    shipment = find_shipment(number)
    leg = _find_leg(shipment, leg_id)
    services.remove_leg(leg)
    told = _("{carrier} {number} is removed. What it told counts no more.")
    messages.success(request, told.format(carrier=leg_name(leg), number=leg.number))
    return redirect("console:shipment", number=shipment.number)
