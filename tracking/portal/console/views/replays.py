"""Replays: started dry, looked at while they run, done for real."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tracking.accounts.permissions import Action
from tracking.jobs.waking import wake
from tracking.mapping import replays, understood
from tracking.mapping.models import Replay
from tracking.mapping.tasks import run_replay
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.fragments import fragment
from tracking.portal.console.mapping import replay_row, replayable
from tracking.rules.shipment_number import clean
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Shipment

MOST_LISTED = 50


@require_http_methods(["GET", "POST"])
@console_page(Action.VIEW_MAPPING, posting=Action.CHANGE_MAPPING)
def replay_list(request: ConsoleRequest) -> HttpResponse:
    """The newest first, and what can be replayed. A POST starts one: dry unless `real` is told."""
    if request.method == "POST":
        return _start(request)
    found = Replay.objects.select_related("shipment").order_by("-id")[:MOST_LISTED]
    return render_page(
        request,
        "replays.html",
        "mapping",
        rows=[replay_row(row, request.merchant) for row in found],
        carriers=replayable(understood.rates(request.merchant)),
        most=MOST_LISTED,
    )


def _start(request: ConsoleRequest) -> HttpResponse:
    number = request.POST.get("shipment", "")
    shipment = Shipment.objects.filter(number=clean(number)).first() if number else None
    try:
        row = replays.start(
            request.merchant,
            carrier="" if shipment is not None else request.POST.get("carrier", ""),
            shipment=shipment,
            is_dry=request.POST.get("real") != "1",
            started_by=str(request.user),
        )
    except Invalid as error:
        is_busy = Replay.objects.filter(state__in=Replay.UNFINISHED).exists() and not error.field
        told = _("Another replay is under way. Wait until it is done, or cancel it.")
        messages.error(request, told if is_busy else _("Nothing is replayed: choose a carrier that we read."))
        return redirect("console:replays")
    transaction.on_commit(partial(wake, run_replay, str(row.pk)))
    return redirect("console:replay", replay_id=row.pk)


@require_GET
@console_page(Action.VIEW_MAPPING)
def replay_page(request: ConsoleRequest, replay_id: UUID) -> HttpResponse:
    """How far it is, and what changes."""
    context: dict[str, Any] = {
        "replay": replay_row(_find(replay_id), request.merchant),
        "may_change": request.may(Action.CHANGE_MAPPING),
    }
    if "fragment" in request.GET:
        return fragment(request, "portal/console/_replay_parts.html", context)
    return render_page(request, "replay.html", "mapping", **context)


@require_POST
@console_page(Action.CHANGE_MAPPING)
def cancel(request: ConsoleRequest, replay_id: UUID) -> HttpResponse:
    """After the batch it is at; what was done stays done."""
    row = replays.cancel(_find(replay_id))
    if row.state == Replay.State.CANCELLED:
        messages.success(request, _("Cancelled. What was done stays done."))
    else:
        messages.warning(request, _("It had ended already."))
    return redirect("console:replay", replay_id=row.pk)


def _find(replay_id: UUID) -> Replay:
    row: Replay | None = Replay.objects.select_related("shipment").filter(pk=replay_id).first()
    if row is None:
        raise Http404
    return row
