"""The addresses of API v1 and of the carriers' push door. No slash at the end, in the API."""

from __future__ import annotations

from django.urls import path, re_path

from tracking.api import hooks, schema
from tracking.api.views import carriers, events, inbound, legs, mapping, raw_answers, shipments, webhooks

app_name = "api"

_ONE = "api/v1/shipments/<str:number>"
_WEBHOOK = "api/v1/webhooks/<uuid:endpoint_id>"
_DELIVERY = f"{_WEBHOOK}/deliveries/<uuid:delivery_id>"

urlpatterns = [
    path("api/v1/shipments", shipments.ShipmentList.as_view(), name="shipments"),
    path(_ONE, shipments.ShipmentDetail.as_view(), name="shipment"),
    path(f"{_ONE}/restore", shipments.ShipmentRestore.as_view(), name="restore"),
    path(f"{_ONE}/refresh", shipments.ShipmentRefresh.as_view(), name="refresh"),
    path(f"{_ONE}/legs", legs.LegList.as_view(), name="legs"),
    path(f"{_ONE}/legs/<uuid:leg_id>", legs.LegDetail.as_view(), name="leg"),
    path(f"{_ONE}/events", events.EventList.as_view(), name="events"),
    path(f"{_ONE}/raw-answers", raw_answers.RawAnswerList.as_view(), name="raw-answers"),
    path(f"{_ONE}/raw-answers/<uuid:answer_id>", raw_answers.RawAnswerOne.as_view(), name="raw-answer"),
    path("api/v1/carriers", carriers.Carriers.as_view(), name="carriers"),
    path("api/v1/mapping/unknown", mapping.Unknown.as_view(), name="mapping-unknown"),
    path("api/v1/mapping/understood", mapping.Understood.as_view(), name="mapping-understood"),
    path("api/v1/mapping/rows", mapping.RowList.as_view(), name="mapping-rows"),
    path("api/v1/mapping/rows/<uuid:row_id>", mapping.RowDetail.as_view(), name="mapping-row"),
    path("api/v1/mapping/patch", mapping.Patch.as_view(), name="mapping-patch"),
    path("api/v1/mapping/replays", mapping.ReplayList.as_view(), name="mapping-replays"),
    path("api/v1/mapping/replays/<uuid:replay_id>", mapping.ReplayDetail.as_view(), name="mapping-replay"),
    path(
        "api/v1/mapping/replays/<uuid:replay_id>/cancel", mapping.ReplayCancel.as_view(), name="mapping-replay-cancel"
    ),
    path("api/v1/detect", carriers.Detect.as_view(), name="detect"),
    path("api/v1/inbound/events", inbound.InboundEvents.as_view(), name="inbound-events"),
    path("api/v1/inbound/files", inbound.InboundFiles.as_view(), name="inbound-files"),
    path("api/v1/inbound/files/<uuid:file_id>", inbound.InboundFileDetail.as_view(), name="inbound-file"),
    path("api/v1/inbound/files/<uuid:file_id>/items", inbound.InboundItems.as_view(), name="inbound-items"),
    path("api/v1/inbound/units", inbound.Units.as_view(), name="units"),
    path("api/v1/inbound/units/<uuid:unit_id>", inbound.UnitDetail.as_view(), name="unit"),
    path("api/v1/inbound/units/<uuid:unit_id>/members", inbound.UnitMembers.as_view(), name="unit-members"),
    path(
        "api/v1/inbound/units/<uuid:unit_id>/members/<uuid:member_id>",
        inbound.UnitMemberDetail.as_view(),
        name="unit-member",
    ),
    path("api/v1/webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path(_WEBHOOK, webhooks.Webhook.as_view(), name="webhook"),
    path(f"{_WEBHOOK}/rotate-secret", webhooks.WebhookSecret.as_view(), name="webhook-secret"),
    path(f"{_WEBHOOK}/test", webhooks.WebhookTest.as_view(), name="webhook-test"),
    path(f"{_WEBHOOK}/disable", webhooks.WebhookDisable.as_view(), name="webhook-disable"),
    path(f"{_WEBHOOK}/enable", webhooks.WebhookEnable.as_view(), name="webhook-enable"),
    path(f"{_WEBHOOK}/replay", webhooks.WebhookReplay.as_view(), name="webhook-replay"),
    path(f"{_WEBHOOK}/deliveries", webhooks.WebhookDeliveries.as_view(), name="webhook-deliveries"),
    path(_DELIVERY, webhooks.WebhookDelivery.as_view(), name="webhook-delivery"),
    path(f"{_DELIVERY}/replay", webhooks.WebhookDeliveryReplay.as_view(), name="webhook-delivery-replay"),
    path("api/v1/schema", schema.Schema.as_view(), name="schema"),
    path("api/v1/docs", schema.docs_page, name="docs"),
    re_path(r"^api/v1/(?P<rest>.*)$", carriers.Nowhere.as_view(), name="nowhere"),
    path("hooks/<str:carrier>/<str:token>", hooks.push_door, name="push-door"),
]
