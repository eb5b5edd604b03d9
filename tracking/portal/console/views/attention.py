"""What needs attention, and the wordings that no table knows."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, Min, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from tracking import clock
from tracking.accounts.permissions import Action
from tracking.portal.buyer.legs import script_of
from tracking.portal.console import queue, words
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.incidents import incidents
from tracking.rules.attention import Attention
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Event, Shipment

MOST_WORDINGS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A carrier's words that we do not know, and a shipment where they stand."""

    carrier: str
    code: str
    text: str
    language: str
    count: int
    number: str


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def attention_page(request: ConsoleRequest) -> HttpResponse:
    """All reasons, a few of each; or all of one reason."""
    now = clock.now()
    counts = queue.reason_counts()
    asked = request.GET.get("reason", "")
    chosen = Attention(asked) if asked in Attention._value2member_map_ else None
    groups = [queue.group_of(chosen, now, counts)] if chosen else queue.groups(now, counts)
    with_wordings = chosen in (None, Attention.UNKNOWN_CODE) and counts[Attention.UNKNOWN_CODE]
    return render_page(
        request,
        "attention.html",
        "attention",
        groups=groups,
        incidents=incidents(request.merchant, now) if not chosen else [],
        chosen=chosen.value if chosen else "",
        reasons=[(reason.value, words.REASONS[reason], counts[reason.value]) for reason in Attention],
        wordings=unknown_wordings() if with_wordings else [],
        most=queue.MOST_OF_ONE,
    )


def unknown_wordings() -> list[Wording]:
    """The most frequent first; two queries."""
    found = list(
        Event.objects.unknown()
        .order_by()
        .values("carrier", "raw_code")
        .annotate(
            count=Count("shipment_id"), text=Max("raw_text"), example=Min(Cast("shipment_id", output_field=TextField()))
        )
        .order_by("-count", "carrier", "raw_code")[:MOST_WORDINGS]
    )
    numbers = {
        str(pk): number
        for pk, number in Shipment.objects.filter(pk__in=[line["example"] for line in found]).values_list(
            "pk", "number"
        )
    }
    return [
        Wording(
            carrier=carrier_name(line["carrier"]),
            code=line["raw_code"],
            text=line["text"],
            language=script_of(line["text"]),
            count=line["count"],
            number=numbers.get(line["example"], ""),
        )
        for line in found
    ]
