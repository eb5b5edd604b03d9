"""The pages for what is not there and what went wrong; named by handler404 and handler500 of tracking.urls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from tracking.portal import language
from tracking.portal.buyer.views import frame, with_headers


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001
    """404 with the way to the look-up."""
    chosen = language.chosen(request.META.get("QUERY_STRING", ""), request.META.get("HTTP_ACCEPT_LANGUAGE", ""))
    with translation.override(chosen):
        html = render_to_string("errors/404.html", frame(request, chosen))
    return with_headers(HttpResponse(html, status=404), chosen)


def server_error(_request: HttpRequest) -> HttpResponse:
    """500 in two languages, from a template that needs nothing."""
    return with_headers(HttpResponse(render_to_string("errors/500.html"), status=500), "en")
