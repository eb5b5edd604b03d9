"""The demo's front door: parcels on their way, each a link to its buyer's page. Not there on a real site."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django_scopes import scopes_disabled

from tracking import clock
from tracking.portal import dates
from tracking.portal.console.fragments import fragment
from tracking.portal.console.rows import Row, rows
from tracking.shipments.models import Shipment

# The lanes that the demo is about come first; the others follow.
LANES = ("DE", "US", "BR")
PER_LANE = 3
MOST = 15


def parcels(request: HttpRequest) -> HttpResponse:
    """The parcels that moved last, some of every lane; with `?fragment=1` the list alone."""
    if not settings.IS_DEMO:
        raise Http404
    now = clock.now()
    context = {
        "rows": _rows(),
        "clock": f"{dates.day(now.date())}, {dates.clock_time(now)}",
        "hours_a_minute": round(clock.speed() / 60),
    }
    if request.GET.get("fragment"):
        return fragment(request, "portal/_demo_parcels.html", context)
    response = render(request, "portal/demo.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _rows() -> list[Row]:
    with scopes_disabled():
        moving = Shipment.objects.live().open().exclude(last_event_at=None).with_legs().order_by("-last_event_at")
        found = [shipment for lane in LANES for shipment in moving.filter(destination_country=lane)[:PER_LANE]]
        found += moving.exclude(destination_country__in=LANES)[: MOST - len(found)]
        return rows(found, clock.now())
