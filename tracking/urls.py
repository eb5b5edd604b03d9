"""Every address of the site, by the app that answers it."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from tracking.health import health, ready
from tracking.operations.metrics_page import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health, name="health"),
    path("readyz", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("", RedirectView.as_view(pattern_name="demo" if settings.IS_DEMO else "track"), name="front-door"),
    path("", include("tracking.api.urls")),
    path("", include("tracking.portal.urls")),
]

handler404 = "tracking.portal.errors.not_found"
handler500 = "tracking.portal.errors.server_error"
