"""The buyer's addresses. Nothing here reads or sets a cookie."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from tracking import clock
from tracking.portal import language, limits, theme
from tracking.portal.buyer.lookup import Problem, look_up
from tracking.portal.buyer.page import page
from tracking.rules.shipment_number import clean, problem
from tracking.shipments.models import Shipment
from tracking.shipments.recording.reading import journey, shipment_by_number


@require_safe
def look_up_page(request: HttpRequest) -> HttpResponseBase:
    """`/track`: one field. With `?number=` it leads to the page, or says which group is wrong."""
    text = request.GET.get("number", "")
    if not text.strip():
        return _answer(request, "portal/buyer/lookup.html", {"text": ""})
    return _looked_up(request, text, status=200)


@require_safe
def shipment_page(request: HttpRequest, text: str) -> HttpResponseBase:
    """`/t/<number>`: the page; other ways of writing the number lead to the one that is used."""
    if problem(text) is not None:
        return _looked_up(request, text, status=404)
    number = clean(text)
    if number != text:
        return HttpResponseRedirect(_address(request, number))
    try:
        shipment = shipment_by_number(number)
    except Shipment.DoesNotExist:
        return _looked_up(request, text, status=404)
    return _shipment(request, shipment)


@require_safe
def brand_css(_request: HttpRequest, name: str) -> HttpResponse:
    """`/brand/<rrggbb>.<digest>.css`: a merchant's colours. The name says all: no database is asked."""
    color = f"#{name[:6]}"
    if theme.file_name(color) != name:
        return HttpResponse(status=404)
    response = HttpResponse(theme.css(color), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Parcels are nobody else's business."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


def _shipment(request: HttpRequest, shipment: Shipment) -> HttpResponseBase:
    chosen = _language(request)
    with translation.override(chosen):
        found = page(journey(shipment))
    context = {
        "page": found,
        "shop": found.shop,
        "support": found.support,
        "brand_css": f"/brand/{theme.file_name(shipment.merchant.brand_color)}",
        "live_url": f"{settings.LIVE_URL}/live/shipments/{shipment.number}",
        "speed": f"{clock.speed():g}",
    }
    response = _answer(request, "portal/buyer/page.html", context)
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:20]}"'
    response["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _looked_up(request: HttpRequest, text: str, *, status: int) -> HttpResponseBase:
    """Every guess is counted, wherever it was typed."""
    wait = limits.wait_s(request, "track")
    if wait:
        return _too_many(request, wait)
    with translation.override(_language(request)):
        found = look_up(text)
    if isinstance(found, Problem):
        return _answer(
            request,
            "portal/buyer/lookup.html",
            {"text": text[:2_000], "problem": found, "unknown": status == 404},
            status=status,
        )
    return HttpResponseRedirect(_address(request, found))


def _too_many(request: HttpRequest, wait: int) -> HttpResponse:
    response = _answer(request, "errors/429.html", {"retry_after_s": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response


def _answer(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """A rendered page with the headers that every public page has."""
    chosen = _language(request)
    with translation.override(chosen):
        html = render_to_string(template, {**frame(request, chosen), **context})
    return with_headers(HttpResponse(html, status=status), chosen)


def with_headers(response: HttpResponse, chosen: str) -> HttpResponse:
    """Kept by nobody, indexed by nobody, told to nobody."""
    response["Content-Language"] = language.tag(chosen)
    response["Vary"] = "Accept-Language"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def frame(request: HttpRequest, chosen: str) -> dict[str, Any]:
    """What every page's frame needs: language, direction, the way to the other languages."""
    return {
        "html_lang": language.tag(chosen),
        "html_dir": language.direction(chosen),
        "language_query": language.asked_for(request.META.get("QUERY_STRING", "")),
        "languages": [
            {"code": language.tag(code), "name": name, "url": _in_language(request, code)}
            for code, name in settings.LANGUAGES
            if code != chosen
        ],
    }


def _in_language(request: HttpRequest, code: str) -> str:
    fields = [(key, value) for key, value in request.GET.items() if key == "number"]
    return f"{request.path}?{urlencode([*fields, ('lang', code)])}"


def _language(request: HttpRequest) -> str:
    return language.chosen(request.META.get("QUERY_STRING", ""), request.META.get("HTTP_ACCEPT_LANGUAGE", ""))


def _address(request: HttpRequest, number: str) -> str:
    asked = language.asked_for(request.META.get("QUERY_STRING", ""))
    return f"/t/{number}" + (f"?lang={asked}" if asked else "")
