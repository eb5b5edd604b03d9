from __future__ import annotations

from django.urls import path

from tracking.portal.buyer import views

urlpatterns = [
    path("track", views.look_up_page, name="track"),
    path("t/<str:text>", views.shipment_page, name="shipment-page"),
    path("brand/<str:name>", views.brand_css, name="brand-css"),
    path("robots.txt", views.robots, name="robots"),
]
