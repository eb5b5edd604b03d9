"""Webhook endpoints, what was sent to them, and sending it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from tracking.accounts.permissions import Action
from tracking.api import webhook_answers as answers
from tracking.api.endpoint import Endpoint
from tracking.api.errors import not_found
from tracking.api.idempotency import once
from tracking.api.pagination import page_of
from tracking.api.schema import describe
from tracking.api.serializers.answers import paged
from tracking.api.serializers.filters import query
from tracking.api.serializers.webhooks import (
    DeliveryAnswer,
    DeliveryDetail,
    DeliveryFilter,
    EndpointAnswer,
    EndpointChange,
    EndpointList,
    EndpointRequest,
    NewEndpointAnswer,
    ReplayFailedAnswer,
    ReplayFailedRequest,
)
from tracking.ids import first_of
from tracking.notify import endpoints
from tracking.notify.endpoints import Wanted
from tracking.notify.models import Delivery, WebhookEndpoint

_CHANGES = {"POST": Action.CHANGE_WEBHOOKS}


class Webhooks(Endpoint):
    """The endpoints."""

    actions = {"GET": Action.VIEW_WEBHOOKS, "POST": Action.CHANGE_WEBHOOKS}

    @describe("list_webhooks", "List webhook endpoints", EndpointList)
    def get(self, _: Request) -> Response:
        """All of yours, the newest first."""
        return Response({"results": [answers.endpoint(row) for row in _standing().order_by("-id")]})

    @describe("create_webhook", "Create a webhook endpoint", NewEndpointAnswer, status=201, body=EndpointRequest)
    def post(self, request: Request) -> Response:
        """Its secret is in the answer, and nowhere else.

        Takes no Idempotency-Key, since answers are kept under one: an address that has an endpoint is refused instead.
        """
        body = EndpointRequest(data=request.data)
        body.is_valid(raise_exception=True)
        row, secret = endpoints.create_endpoint(self.merchant, Wanted(**body.validated_data))
        headers = {"Location": reverse("api:webhook", args=[row.pk])}
        return Response({**answers.endpoint(row), "secret": secret}, status=201, headers=headers)


class Webhook(Endpoint):
    """One endpoint."""

    actions = {"GET": Action.VIEW_WEBHOOKS, "PATCH": Action.CHANGE_WEBHOOKS, "DELETE": Action.CHANGE_WEBHOOKS}

    @describe("read_webhook", "Read a webhook endpoint", EndpointAnswer)
    def get(self, _: Request, endpoint_id: UUID) -> Response:
        """Its health, without its secret."""
        return Response(answers.endpoint(_endpoint(endpoint_id)))

    @describe("change_webhook", "Change a webhook endpoint", EndpointAnswer, body=EndpointChange)
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """What waits for it goes to the new address."""
        body = EndpointChange(data=request.data)
        body.is_valid(raise_exception=True)
        row = _endpoint(endpoint_id)
        kept = {name: getattr(row, name) for name in ("url", "description", "event_types", "is_ordered")}
        return Response(answers.endpoint(endpoints.change_endpoint(row.pk, Wanted(**kept | body.validated_data))))

    @describe("delete_webhook", "Delete a webhook endpoint", None, status=204)
    def delete(self, _: Request, endpoint_id: UUID) -> Response:
        """Nothing more is sent to it, and its deliveries are gone. To pause it, disable it."""
        endpoints.delete_endpoint(_endpoint(endpoint_id).pk)
        return Response(status=204)


class WebhookSecret(Endpoint):
    """An endpoint's secret."""

    actions = _CHANGES

    @describe("rotate_webhook_secret", "Change a webhook's secret", NewEndpointAnswer)
    def post(self, _: Request, endpoint_id: UUID) -> Response:
        """Messages bear the signatures of the old and the new secret for 24 hours. Takes no Idempotency-Key."""
        row, secret = endpoints.rotate_secret(_endpoint(endpoint_id).pk)
        return Response({**answers.endpoint(row), "secret": secret})


class WebhookTest(Endpoint):
    """A test message."""

    actions = _CHANGES

    @describe("test_webhook", "Send a test message", DeliveryAnswer, status=202, is_idempotent=True)
    @once
    def post(self, _: Request, endpoint_id: UUID) -> Response:
        """Sent once, within a second or two; read the delivery to see what came back."""
        row = endpoints.send_test(_endpoint(endpoint_id).pk)
        address = reverse("api:webhook-delivery", args=[endpoint_id, row.pk])
        return Response(answers.delivery(row), status=202, headers={"Location": address})


class WebhookDisable(Endpoint):
    """Pauses an endpoint."""

    actions = _CHANGES

    @describe("disable_webhook", "Disable a webhook endpoint", EndpointAnswer, is_idempotent=True)
    @once
    def post(self, _: Request, endpoint_id: UUID) -> Response:
        """What waits, and what comes, is set aside for a replay."""
        return Response(answers.endpoint(endpoints.disable(_endpoint(endpoint_id).pk)))


class WebhookEnable(Endpoint):
    """Takes an endpoint up again."""

    actions = _CHANGES

    @describe("enable_webhook", "Enable a webhook endpoint", EndpointAnswer, is_idempotent=True)
    @once
    def post(self, _: Request, endpoint_id: UUID) -> Response:
        """A test message is sent; if it is received, the endpoint is active. What was set aside waits for a replay."""
        return Response(answers.endpoint(endpoints.enable(_endpoint(endpoint_id).pk)))


class WebhookReplay(Endpoint):
    """Sends again what failed."""

    actions = _CHANGES

    @describe(
        "replay_failed_deliveries", "Replay all that failed", ReplayFailedAnswer,
        body=ReplayFailedRequest, is_idempotent=True,
    )  # fmt: skip
    @once
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Only counts them unless `is_dry` is false. The messages keep their ids."""
        body = ReplayFailedRequest(data=request.data)
        body.is_valid(raise_exception=True)
        row, since, is_dry = _endpoint(endpoint_id), body.validated_data["since"], body.validated_data["is_dry"]
        count = endpoints.failed_since(row.pk, since) if is_dry else endpoints.replay_failed(row.pk, since)
        return Response({"is_dry": is_dry, "count": count})


class WebhookDeliveries(Endpoint):
    """What was sent to an endpoint, and what is to be."""

    actions = {"GET": Action.VIEW_WEBHOOKS}

    @describe("list_deliveries", "List deliveries", paged(DeliveryAnswer), parameters=[DeliveryFilter])
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """The newest first; kept for 30 days after they ended."""
        asked = DeliveryFilter(data=query(request.query_params, DeliveryFilter))
        asked.is_valid(raise_exception=True)
        told: dict[str, Any] = asked.validated_data
        rows: QuerySet[Delivery] = Delivery.objects.filter(endpoint=_endpoint(endpoint_id))
        if told.get("state"):
            rows = rows.filter(state__in=told["state"])
        if told.get("since"):
            rows = rows.filter(id__gte=first_of(told["since"]), created_at__gte=told["since"])
        page = page_of(rows, cursor=told["cursor"], limit=told["limit"])
        return Response({"results": [answers.delivery(row) for row in page.rows], "next_cursor": page.next_cursor})


class WebhookDelivery(Endpoint):
    """One delivery."""

    actions = {"GET": Action.VIEW_WEBHOOKS}

    @describe("read_delivery", "Read a delivery", DeliveryDetail)
    def get(self, _: Request, endpoint_id: UUID, delivery_id: UUID) -> Response:
        """What it tells, every attempt, and what came back."""
        row = _delivery(endpoint_id, delivery_id)
        return Response(answers.delivery_detail(row, row.tried.order_by("number")))


class WebhookDeliveryReplay(Endpoint):
    """Sends one delivery again."""

    actions = _CHANGES

    @describe("replay_delivery", "Replay a delivery", DeliveryAnswer, status=202, is_idempotent=True)
    @once
    def post(self, _: Request, endpoint_id: UUID, delivery_id: UUID) -> Response:
        """The same message, under the same id; one that waits for its next attempt goes now."""
        return Response(answers.delivery(endpoints.replay(_delivery(endpoint_id, delivery_id))), status=202)


def _standing() -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(deleted_at=None)


def _endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    row: WebhookEndpoint | None = _standing().filter(pk=endpoint_id).first()
    if row is None:
        raise not_found(f"There is no webhook endpoint {endpoint_id}.")
    return row


def _delivery(endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    row: Delivery | None = Delivery.objects.filter(endpoint=_endpoint(endpoint_id), pk=delivery_id).first()
    if row is None:
        raise not_found(f"The endpoint has no delivery {delivery_id}.")
    return row
