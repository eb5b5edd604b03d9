"""Partners' files: looked at before they are told, and what became of them."""

from __future__ import annotations

import csv
import zlib
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tracking import clock
from tracking.accounts.permissions import Action
from tracking.inbound import files
from tracking.inbound.models import InboundFile, InboundItem
from tracking.inbound.preview import preview_reading
from tracking.inbound.tasks import read_files
from tracking.inbound.wire import from_json
from tracking.jobs.waking import wake
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.inbound import file_row, item_row, previewed_row, reference_text
from tracking.portal.console.inbound_forms import FileForm
from tracking.shipments.errors import Invalid

MOST_FILES = 100
ROWS = 100
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@require_http_methods(["GET", "POST"])
@console_page(Action.VIEW_SHIPMENTS, posting=Action.CHANGE_SHIPMENTS)
def file_list(request: ConsoleRequest) -> HttpResponse:
    """What partners sent, and the form for another file; it is looked at on the next page."""
    form = FileForm(request.POST or None, request.FILES or None) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        told, upload = form.cleaned_data, form.cleaned_data["file"]
        try:
            file, is_new = files.receive(
                request.merchant, told["format"], upload.read(), name=upload.name, carrier=told["carrier"],
                sent_by=request.user.email, is_draft=True,
            )  # fmt: skip
        except Invalid as error:
            form.blame(error)
        else:
            if not is_new and file.state != InboundFile.State.DRAFT:
                messages.info(request, _("This file was sent before. Nothing was told again."))
            return redirect("console:inbound-file", file.pk)
    found = list(InboundFile.objects.defer("body").order_by("-id")[:MOST_FILES])
    counts = _counts(found)
    now = clock.now()
    rows = [file_row(file, counts[file.pk], now) for file in found]
    return render_page(request, "inbound.html", "inbound", status=400 if form.errors else 200, form=form, rows=rows)


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def file_page(request: ConsoleRequest, file_id: UUID) -> HttpResponse:
    """A draft: what would happen. Else: what did, row by row."""
    file = _find(file_id)
    counts = _counts([file])[file.pk]
    row = file_row(file, counts, clock.now())
    frame: dict[str, Any] = {"file": file, "row": row, "carrier": file.carrier}
    if file.state == InboundFile.State.DRAFT:
        found = preview_reading(request.merchant, files.reading_of(file))
        rows = [previewed_row(each, request.merchant) for each in found.rows]
        return render_page(
            request, "inbound_file.html", "inbound", rows=rows, found=found, problems=found.problems,
            total=found.matched + found.unmatched, is_draft=True, **frame,
        )  # fmt: skip
    state = request.GET.get("state", "")
    items = InboundItem.objects.filter(file=file)
    if state in InboundItem.State.values:
        items = items.filter(state=state)
    first = _position(request.GET.get("after", ""))
    listed = list(items.filter(position__gt=first).order_by("position")[: ROWS + 1])
    following = f"?state={state}&after={listed[ROWS - 1].position}" if len(listed) > ROWS else ""
    rows = [item_row(item, request.merchant) for item in listed[:ROWS]]
    return render_page(
        request, "inbound_file.html", "inbound", rows=rows, problems=file.problems, total=sum(counts.values()),
        is_draft=False, following=following, state=state, **frame,
    )  # fmt: skip


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def tell(request: ConsoleRequest, file_id: UUID) -> HttpResponse:
    """Tells a file that was looked at."""
    file = _find(file_id)
    if files.tell_draft(file):
        wake(read_files)
        messages.success(request, _("The file is being told. Reload the page to see what became of it."))
    return redirect("console:inbound-file", file.pk)


@require_POST
@console_page(Action.CHANGE_SHIPMENTS)
def discard(request: ConsoleRequest, file_id: UUID) -> HttpResponse:
    """Forgets a file that was only looked at."""
    files.discard_draft(_find(file_id))
    messages.success(request, _("The file was forgotten. Nothing was told."))
    return redirect("console:inbound")


@require_GET
@console_page(Action.VIEW_SHIPMENTS)
def unmatched(request: ConsoleRequest, file_id: UUID) -> HttpResponse:
    """The rows that nobody could be told, and those that could not be read, as CSV."""
    file = _find(file_id)
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="unmatched-{file.pk}.csv"',
            "X-Content-Type-Options": "nosniff",
        },
    )
    response.write("\ufeff")  # by which Excel knows UTF-8
    writer = csv.writer(response)
    writer.writerow(["where", "number", "occurred_at", "code", "text", "place", "problem", "cure"])
    is_draft = file.state == InboundFile.State.DRAFT
    for told in _untold(request, file, is_draft=is_draft):
        writer.writerow([_harmless(cell) for cell in told])
    for problem in _problems(file, is_draft=is_draft):
        cells = [problem["where"], "", "", "", problem["extract"], "", problem["detail"], problem["cure"]]
        writer.writerow([_harmless(cell) for cell in cells])
    return response


@require_GET
@console_page(Action.VIEW_RAW_ANSWERS)
def download(_: ConsoleRequest, file_id: UUID) -> HttpResponse:
    """The file as it came, to the byte. Never shown by the browser itself: it is a stranger's text."""
    file = _find(file_id)
    return HttpResponse(
        zlib.decompress(bytes(file.body)),
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{file.format}-{file.pk}.txt"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def _untold(request: ConsoleRequest, file: InboundFile, *, is_draft: bool) -> list[list[str]]:
    if is_draft:
        found = preview_reading(request.merchant, files.reading_of(file))
        told = [row.told for row in found.rows if not row.matched_by]
    else:
        states = [InboundItem.State.UNMATCHED, InboundItem.State.EXPIRED]
        rows = InboundItem.objects.filter(file=file, state__in=states).order_by("position")
        told = [from_json(row.told) for row in rows]
    cells = []
    for each in told:
        event = getattr(each, "event", None)
        time, place = (event.time, event.place) if event is not None else (each.time, each.place)  # type: ignore[union-attr]
        cells.append(
            [
                each.where,
                ", ".join(reference_text(found) for found in each.references),
                time.raw,
                event.raw_code if event is not None else "",
                event.raw_text if event is not None else "",
                place.text if place is not None else "",
                _("Nothing has this number"),
                "",
            ]
        )
    return cells


def _problems(file: InboundFile, *, is_draft: bool) -> list[dict[str, str]]:
    if is_draft:
        return [files.problem_to_json(problem) for problem in files.reading_of(file).problems]
    return list(file.problems)


def _harmless(cell: str) -> str:
    """A spreadsheet takes a cell that begins like this for a formula; a stranger wrote it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _find(file_id: UUID) -> InboundFile:
    file: InboundFile | None = InboundFile.objects.filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def _counts(found: list[InboundFile]) -> dict[UUID, dict[str, int]]:
    counts: dict[UUID, dict[str, int]] = {file.pk: {} for file in found}
    rows = InboundItem.objects.filter(file__in=counts).values_list("file_id", "state").annotate(Count("id"))
    for file_id, state, count in rows:
        counts[file_id][state] = count
    return counts


def _position(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else -1
