"""The list of shipments, and adding one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from carriers.vocabulary import Status
from tracking import clock
from tracking.accounts.permissions import Action
from tracking.portal import dates, wording
from tracking.portal.console import filters, words
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.counts import Counts, count_shipments
from tracking.portal.console.forms import ShipmentForm
from tracking.portal.console.fragments import fragment
from tracking.portal.console.leg_cards import Candidate, shown
from tracking.portal.console.rows import rows
from tracking.shipments import detection, services
from tracking.shipments.carrier_facts import carrier_name, clean_number
from tracking.shipments.errors import Invalid
from tracking.shipments.models import CarrierAccount


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def shipment_list(request: ConsoleRequest) -> HttpResponse:
    """Fifty rows of a view; everything that chooses them is in the address."""
    listing = filters.read_listing(request.GET)
    found, after = filters.page(listing)
    now = clock.now()
    context: dict[str, Any] = {
        "listing": listing,
        "rows": rows(found, now),
        "next": listing.query(after=str(after)) if after else "",
        "first": listing.query() if listing.after else "",
        "reset": listing.query(q="", status="", carrier="", to="", attention=""),
        "updated": words.moment(now, request.merchant.zone),
        "zone": request.merchant.zone,
    }
    if "fragment" in request.GET:
        return fragment(request, "portal/console/_list_parts.html", context)
    counts = count_shipments()
    return render_page(
        request,
        "shipments.html",
        "shipments",
        **context,
        tabs=[
            (tab, listing.tab is tab, filters.Listing(tab=tab).query(), tab.count(counts))
            for tab in filters.TABS.values()
        ],
        choices=_choices(counts),
        total=counts.total,
        attention_total=counts.attention,
    )


def _choices(counts: Counts) -> dict[str, list[tuple[str, str]]]:
    """What each filter offers: only what this merchant has."""
    connected = CarrierAccount.objects.order_by().values_list("carrier", flat=True)
    return {
        "status": [(status.value, wording.label(status)) for status in Status if counts.by_status[status.value]],
        "carrier": sorted(((slug, carrier_name(slug)) for slug in connected), key=lambda pair: pair[1].casefold()),
        "country": sorted(((code, dates.country_name(code)) for code in counts.by_country), key=lambda pair: pair[1]),
        "reason": [(reason.value, _(name)) for reason, name in words.REASONS.items()],
    }


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_SHIPMENTS)
def add_shipment(request: ConsoleRequest) -> HttpResponse:
    """Registers one by hand; “Find out” shows whose numbers they may be before anything is kept."""
    form = ShipmentForm(request.POST if request.method == "POST" else None, initial={"origin_country": "CN"})
    guesses: dict[str, list[Candidate]] = {}
    if request.method == "POST" and form.is_valid():
        if "detect" in request.POST:
            guesses = _guesses(request.merchant.id, form)
        else:
            try:
                shipment = services.register_shipment(
                    request.merchant,
                    legs=[leg.spec() for leg in form.filled()],
                    **form.facts(),  # type: ignore[arg-type]
                )
            except Invalid as error:
                form.blame(error)
            else:
                messages.success(request, _("Added. Its carriers are asked now."))
                return redirect("console:shipment", number=shipment.number)
    legs = [(leg.rows(), guesses.get(leg.prefix)) for leg in form.legs]
    status = 400 if form.errors else 200
    return render_page(request, "shipment_new.html", "shipments", status=status, form=form, legs=legs)


def _guesses(merchant_id: UUID, form: ShipmentForm) -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = {}
    for leg in form.filled():
        try:
            number = clean_number(form.cleaned_data[f"{leg.prefix}number"])
        except Invalid as error:
            form.blame(error.under(f"legs.{form.filled().index(leg)}"))
            continue
        ranking = detection.ranking(
            merchant_id,
            number,
            origin=form.cleaned_data["origin_country"],
            destination=form.cleaned_data["destination_country"],
        )
        found[leg.prefix] = [shown(item) for item in ranking[:4]]
    return found
