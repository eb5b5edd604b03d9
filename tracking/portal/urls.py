"""The pages' addresses: the buyer's here, the console's beside them."""

from __future__ import annotations

from django.urls import include, path

from tracking.portal import demo

urlpatterns = [
    path("demo", demo.parcels, name="demo"),
    path("", include("tracking.portal.buyer.urls")),
    path("", include("tracking.portal.console.urls")),
]
