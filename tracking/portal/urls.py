"""The pages' addresses: the buyer's here, the console's beside them."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("tracking.portal.buyer.urls")),
    path("", include("tracking.portal.console.urls")),
]
