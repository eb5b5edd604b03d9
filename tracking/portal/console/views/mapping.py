"""How well each carrier is understood, the words that no table knows, and the form that maps one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from carriers import registry
from tracking import clock
from tracking.accounts.permissions import Action
from tracking.mapping import understood
from tracking.mapping.rows import Author, Mapping, draft, map_wording
from tracking.mapping.unknown import MOST_READ, Matched, matched, unknown
from tracking.phrasebook.book import Book
from tracking.portal import dates
from tracking.portal.console.access import ConsoleRequest, console_page, render_page
from tracking.portal.console.mapping import rate_rows, wording_rows
from tracking.portal.console.mapping_forms import CODE, WORDING, MapForm
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.errors import Invalid


@require_GET
@console_page(Action.VIEW_MAPPING)
def mapping_page(request: ConsoleRequest) -> HttpResponse:
    """Rates above, the queue below; of one carrier or of all."""
    now = clock.now()
    asked = request.GET.get("carrier", "")
    chosen = asked if asked in registry.sheets() else ""
    rates = understood.rates(request.merchant)
    try:
        queue = unknown(request.merchant, carrier=chosen, cursor=request.GET.get("after", ""))
    except Invalid:  # an address that somebody cut: the queue begins anew
        queue = unknown(request.merchant, carrier=chosen)
    rows = wording_rows(queue.groups, now)
    waiting = {row.carrier: row.carrier_name for row in rows if row.mapped}
    return render_page(
        request,
        "mapping.html",
        "mapping",
        rates=rate_rows(rates),
        counted=dates.ago(min(rate.counted_at for rate in rates), now) if rates else "",
        chosen=chosen,
        chosen_name=carrier_name(chosen),
        chips=_chips(chosen, [rate.carrier for rate in rates if rate.unknown] + [row.carrier for row in rows]),
        rows=rows,
        waiting=sorted(waiting.items(), key=lambda pair: pair[1]),
        queue=queue,
        first="" if queue.is_first else _address(chosen),
        following=_address(chosen, queue.next_cursor) if queue.next_cursor else "",
        most=MOST_READ,
    )


def _chips(chosen: str, carriers: list[str]) -> list[tuple[str, str, bool]]:
    slugs = dict.fromkeys([*([chosen] if chosen else []), *carriers])
    return [(slug, carrier_name(slug), slug == chosen) for slug in slugs]


def _address(carrier: str, after: str = "") -> str:
    told = {"carrier": carrier, "after": after}
    return "?" + urlencode({name: value for name, value in told.items() if value})


@require_http_methods(["GET", "POST"])
@console_page(Action.CHANGE_MAPPING)
def map_one(request: ConsoleRequest) -> HttpResponse:
    """A row of the phrasebook, with how many events it would name. The queue fills the form in by its address."""
    if request.method == "POST":
        form = MapForm(request.POST)
        if "preview" in request.POST:
            found = _matched(request, form)
            form.errors.pop("event_code", None)  # not wanted yet
            return _form_page(request, form, found=found, is_preview=True)
        if form.is_valid():
            try:
                row = map_wording(request.merchant, form.mapping(), Author(name=str(request.user), user=request.user))
            except Invalid as error:
                form.blame(error)
            else:
                messages.success(request, _("Mapped. Answers that come from now on are read so."))
                return redirect(reverse("console:mapping") + f"?carrier={row.carrier}")
        return _form_page(request, form)
    asked = {name: request.GET.get(name, "").replace("\0", "")[:2000] for name in ("carrier", "raw_code", "text")}
    form = MapForm(initial=asked | {"match": WORDING if asked["text"] else CODE})
    return _form_page(request, form)


def _form_page(
    request: ConsoleRequest, form: MapForm, *, found: Matched | None = None, is_preview: bool = False
) -> HttpResponse:
    status = 400 if form.errors and not is_preview else 200
    name = carrier_name(str(form["carrier"].value() or ""))
    return render_page(
        request, "mapping_form.html", "mapping", status=status, form=form, found=found, carrier_name=name
    )


@require_GET
@console_page(Action.CHANGE_MAPPING)
def preview(request: ConsoleRequest) -> HttpResponse:
    """What the form's row would name, as a part of its page."""
    form = MapForm(request.GET)
    found = _matched(request, form)
    # A form in which nothing was typed yet is no mistake.
    is_begun = any(request.GET.get(name, "").strip() for name in ("text", "raw_code"))
    errors = (form.errors.get("text") or form.errors.get("raw_code")) if is_begun else None
    context = {"found": found, "errors": errors}
    return render(request, "portal/console/_mapping_preview.html", context)


def _matched(request: ConsoleRequest, form: MapForm) -> Matched | None:
    form.is_valid()
    if not form.is_previewable():
        return None
    try:
        row = draft(request.merchant, form.mapping())
    except Invalid:
        return None
    return matched(Book([row]), request.merchant, row.carrier)


@require_POST
@console_page(Action.CHANGE_MAPPING)
def ignore(request: ConsoleRequest) -> HttpResponse:
    """Maps a group to “information updated”: its words say nothing about the parcel."""
    told = {name: request.POST.get(name, "") for name in ("carrier", "raw_code", "text")}
    try:
        row = map_wording(
            request.merchant,
            Mapping(event_code="any.note", **told),
            Author(name=str(request.user), user=request.user),
        )
    except Invalid:
        messages.error(request, _("Nothing is ignored: the wording is no longer in the queue."))
        return redirect("console:mapping")
    messages.success(request, _("Ignored from now on. A replay takes the old ones out of the queue."))
    return redirect(reverse("console:mapping") + f"?carrier={row.carrier}")
