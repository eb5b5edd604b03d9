"""The addresses of partners' files and of transport units in the console."""

from __future__ import annotations

from django.urls import path

from tracking.portal.console.views import inbound, units

urlpatterns = [
    path("console/inbound", inbound.file_list, name="inbound"),
    path("console/inbound/<uuid:file_id>", inbound.file_page, name="inbound-file"),
    path("console/inbound/<uuid:file_id>/tell", inbound.tell, name="tell-inbound"),
    path("console/inbound/<uuid:file_id>/discard", inbound.discard, name="discard-inbound"),
    path("console/inbound/<uuid:file_id>/unmatched", inbound.unmatched, name="inbound-unmatched"),
    path("console/inbound/<uuid:file_id>/download", inbound.download, name="download-inbound"),
    path("console/units", units.unit_list, name="units"),
    path("console/units/<uuid:unit_id>", units.unit_page, name="unit"),
    path(
        "console/units/<uuid:unit_id>/members/<uuid:member_id>/remove", units.remove_member, name="remove-unit-member"
    ),
]
