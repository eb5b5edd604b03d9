"""The merchant's first page: how many are where, and what needs somebody."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from carriers.vocabulary import Status
from tracking import clock
from tracking.accounts.models import ApiKey
from tracking.accounts.permissions import Action
from tracking.portal.console import queue, words
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.counts import Counts, count_shipments
from tracking.portal.console.incidents import incidents
from tracking.rules.attention import Attention
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import CarrierAccount, Shipment

MOST_URGENT = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A number that links to its list."""

    count: int
    label: str
    query: str
    family: str
    icon: str


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def home(request: ConsoleRequest) -> HttpResponse:
    """Tiles, the most urgent, carriers in trouble; the first steps where nothing is there yet."""
    counts = count_shipments()
    if not counts.total:
        return _first_run(request)
    reasons = queue.reason_counts()
    urgent = [case for group in queue.groups(clock.now(), reasons) for case in group.cases][:MOST_URGENT]
    found = incidents(request.merchant, clock.now())
    others = CarrierAccount.objects.in_trouble().exclude(carrier__in=[incident.slug for incident in found])
    troubled = list(others) if request.may(Action.VIEW_CARRIER_ACCOUNTS) else []
    return render_page(
        request,
        "home.html",
        "home",
        tiles=_tiles(counts, reasons),
        urgent=urgent,
        incidents=found,
        troubled=[_trouble(account) for account in troubled],
        attention_total=counts.attention,
        total=counts.total,
    )


def _trouble(account: CarrierAccount) -> tuple[str, str, str]:
    """The carrier's name, what is wrong, and what it said."""
    return carrier_name(account.carrier), words.failure_label(account.last_failure_kind), account.last_failure_detail


def _tiles(counts: Counts, reasons: dict[str, int]) -> list[Tile]:
    held = counts.in_customs + counts.of((Status.EXCEPTION,))
    out = counts.of((Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP))
    failed = counts.of((Status.ATTEMPT_FAILED, Status.RETURNING, Status.RETURNED))
    moving = counts.of((Status.IN_TRANSIT,))
    told = [
        (moving, _("In transit"), "?view=transit", "moving", "arrow"),
        (out, _("Out for delivery"), "?view=out", "moving", "truck"),
        (held, _("Customs and held"), "?view=held", "problem", "stamp"),
        (reasons[Attention.LATE], _("Late"), f"?attention={Attention.LATE}", "action", "clock"),
        (failed, _("Failed and returning"), "?view=failed", "returning", "back"),
        (counts.of((Status.DELIVERED,)), _("Delivered"), "?view=delivered", "done", "check"),
    ]
    return [
        Tile(count=count, label=label, query=query, family=family, icon=icon)
        for count, label, query, family, icon in told
    ]


def _first_run(request: ConsoleRequest) -> HttpResponse:
    return render_page(
        request,
        "first_run.html",
        "home",
        has_account=CarrierAccount.objects.exists(),
        has_key=ApiKey.objects.exists(),
        has_archive=Shipment.objects.exists(),
        attention_total=0,
    )
