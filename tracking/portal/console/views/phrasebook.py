"""The phrasebook: what people decided, and its export for the carriers' fact sheets."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from carriers import registry
from tracking.accounts.permissions import Action
from tracking.mapping.export import patch
from tracking.mapping.rows import Author, end_row
from tracking.phrasebook.models import PhrasebookRow
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.mapping import phrase_row
from tracking.shipments.carrier_facts import carrier_name

MOST_SHOWN = 200


@require_GET
@console_page(Action.VIEW_MAPPING)
def phrasebook_page(request: ConsoleRequest) -> HttpResponse:
    """The rows that stand, or all that ever stood; the newest first."""
    with_ended = request.GET.get("ended") == "1"
    rows = PhrasebookRow.objects.all() if with_ended else PhrasebookRow.objects.standing()
    found = list(rows.order_by("-id")[: MOST_SHOWN + 1])
    standing = PhrasebookRow.objects.standing().order_by("carrier").values_list("carrier", flat=True).distinct()
    return render_page(
        request,
        "phrasebook.html",
        "mapping",
        rows=[phrase_row(row, request.merchant) for row in found[:MOST_SHOWN]],
        is_cut=len(found) > MOST_SHOWN,
        most=MOST_SHOWN,
        with_ended=with_ended,
        patches=[(slug, carrier_name(slug)) for slug in standing],
    )


@require_POST
@console_page(Action.CHANGE_MAPPING)
def end(request: ConsoleRequest, row_id: UUID) -> HttpResponse:
    """From now on the fact sheet decides again."""
    row = PhrasebookRow.objects.select_related("merchant").filter(pk=row_id).first()
    if row is None:
        raise Http404
    end_row(row, Author(name=str(request.user), user=request.user))
    messages.success(request, _("Ended. The carrier's own table decides again; a replay takes back what the row did."))
    return redirect("console:phrasebook")


@require_GET
@console_page(Action.VIEW_MAPPING)
def download_patch(request: ConsoleRequest, carrier: str) -> HttpResponse:
    """The rows of a carrier as a diff of its fact sheet, or (`?as=toml`) as rows to paste."""
    if carrier not in registry.sheets():
        raise Http404
    told = patch(request.merchant, carrier)
    as_toml = request.GET.get("as") == "toml"
    name = f"{carrier}.phrasebook.toml" if as_toml else f"{carrier}.patch"
    return HttpResponse(
        told.toml if as_toml else told.diff,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )
