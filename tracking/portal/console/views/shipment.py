"""One shipment: everything that is known, where it comes from, and what can be done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from carriers.vocabulary import EventCode, Reason
from tracking import clock
from tracking.accounts.models import Role
from tracking.accounts.permissions import Action
from tracking.portal.buyer.words import holding_leg, leg_name
from tracking.portal.console import refreshed
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.event_form import EventForm
from tracking.portal.console.forms import DetailsForm
from tracking.portal.console.fragments import fragment
from tracking.portal.console.leg_cards import leg_cards
from tracking.portal.console.log import log
from tracking.portal.console.summary import changes, summary
from tracking.rules.facts import Channel
from tracking.rules.shipment_number import clean
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Shipment
from tracking.shipments.recording.reading import journey
from tracking.shipments.scheduling.refreshing import NOBODY


def find_shipment(number: str) -> Shipment:
    """The shipment of our number among the merchant's own, archived ones too. Raises Http404."""
    found = Shipment.objects.select_related("merchant").filter(number=clean(number)).first()
    if found is None:
        raise Http404
    return found


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def shipment_page(request: ConsoleRequest, number: str) -> HttpResponse:
    """Head, facts, timeline, legs, history."""
    shipment = find_shipment(number)
    whole = journey(shipment)
    context: dict[str, Any] = {
        "shipment": shipment,
        "head": summary(whole),
        "log": log(whole),
        "may_raw": request.may(Action.VIEW_RAW_ANSWERS),
    }
    if "fragment" in request.GET:
        return fragment(request, "portal/console/_shipment_parts.html", context)
    return render_page(
        request,
        "shipment.html",
        "shipments",
        **context,
        legs=leg_cards(whole),
        changes=changes(shipment, whole.now),
        buyer_link=settings.SITE_URL.rstrip("/") + f"/t/{shipment.number}",
    )


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_SHIPMENTS)
def change_details(request: ConsoleRequest, number: str) -> HttpResponse:
    """What the merchant told: order, goods, destination, promise."""
    shipment = find_shipment(number)
    names = ("order_number", "title", "destination_country", "destination_city", "origin_country", "promised_on")
    form = DetailsForm(
        request.POST if request.method == "POST" else None, initial={name: getattr(shipment, name) for name in names}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_shipment(shipment, **form.facts())
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Changed."))
            return redirect("console:shipment", number=shipment.number)
    return _form_page(request, shipment, form, "change")


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_SHIPMENTS)
def tell_event(request: ConsoleRequest, number: str) -> HttpResponse:
    """An event in somebody's own words: a broker's call, a warehouse's list."""
    shipment = find_shipment(number)
    whole = journey(shipment)
    legs, holder = list(whole.legs), holding_leg(whole)
    form = EventForm(
        request.POST if request.method == "POST" else None,
        legs=[(str(leg.id), f"{leg_name(leg)} {leg.number}") for leg in legs],
        zones=(request.merchant.zone, shipment.destination_zone),
        initial={"leg": str(holder.id) if holder else ""},
    )
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            services.record_told_event(
                shipment,
                leg=next((leg for leg in legs if str(leg.id) == told["leg"]), None),
                code=EventCode(told["code"]),
                occurred_at=form.moment(),
                channel=Channel.OPS if request.member.role == Role.OPS else Channel.MERCHANT,
                place=told["place"],
                country=told["country"],
                text=told["text"],
                reason=Reason(told["reason"]) if told["reason"] else None,
                carrier_name=told["carrier_name"],
            )
        except Invalid as error:
            form.blame(error)
        else:
            messages.success(request, _("Recorded. The buyer's page shows it now."))
            return redirect("console:shipment", number=shipment.number)
    return _form_page(request, shipment, form, "event")


def _form_page(request: ConsoleRequest, shipment: Shipment, form: Any, kind: str) -> HttpResponse:
    status = 400 if form.errors else 200
    return render_page(
        request,
        f"shipment_{kind}.html",
        "shipments",
        status=status,
        form=form,
        shipment=shipment,
        order=_name(shipment),
    )


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def refresh(request: ConsoleRequest, number: str) -> HttpResponse:
    """Every leg that can be asked is asked now; who cannot be is named, with the reason."""
    shipment = find_shipment(number)
    told = services.request_refresh(shipment) if shipment.archived_at is None else NOBODY
    for is_well, text in refreshed.words(told, shipment.merchant.zone, clock.now()):
        (messages.success if is_well else messages.warning)(request, text)
    return redirect("console:shipment", number=shipment.number)


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def archive(request: ConsoleRequest, number: str) -> HttpResponse:
    """Out of the lists and off the buyer's page; the message offers to undo it."""
    shipment = find_shipment(number)
    services.archive_shipment(shipment)
    told = _("{order} is archived. Its page is closed and nobody is asked for it.").format(order=_name(shipment))
    messages.success(request, told, extra_tags=f"undo:{shipment.number}")
    return redirect("console:shipments")


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def restore(request: ConsoleRequest, number: str) -> HttpResponse:
    """Undoes the archiving."""
    shipment = find_shipment(number)
    services.restore_shipment(shipment)
    messages.success(request, _("{order} is back.").format(order=_name(shipment)))
    return redirect("console:shipment", number=shipment.number)


def _name(shipment: Shipment) -> str:
    return shipment.order_number or shipment.number
