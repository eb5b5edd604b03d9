"""What the whole path is compared with: one Celery task per shipment, one blocking request on a fresh connection, the
answer parsed whatever it says, one transaction per parcel. So work most trackers that grew from a first version.

The carrier's adapter and the recorder are ours, so that both do the same."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import urlencode
from uuid import UUID

from celery import Celery
from celery.signals import worker_before_create_process
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import Access, Answer, CarrierRequest
from carriers.client import base_url
from carriers.events import TrackedNumber
from tracking.jobs import forking

app = Celery("naive")
app.config_from_object("django.conf:settings", namespace="CELERY")
worker_before_create_process.disconnect(forking.share)  # Celery as it comes


@app.task(name="naive.poll")
def poll(leg_id: str) -> None:
    """Asks for one leg and records what comes."""
    from tracking import clock
    from tracking.rules.facts import Channel
    from tracking.shipments.models import Leg
    from tracking.shipments.recording.door import Told, record_result
    from tracking.shipments.sealing import open_credentials

    with scopes_disabled():
        leg = Leg.objects.select_related("account", "shipment").get(pk=UUID(leg_id))
    if leg.account is None:
        return
    adapter = registry.adapter(leg.carrier)
    access = Access(credentials=open_credentials(leg.account), now=timezone.now())
    calls = adapter.calls([TrackedNumber(number=leg.number)], access)
    request = next(calls)
    while True:
        answer = _send(base_url(adapter, access), request)
        try:
            request = calls.send(answer)
        except StopIteration as stop:
            [(result, body)] = stop.value
            break
    record_result(
        Told(
            leg_id=leg.id, channel=Channel.POLL, received_at=clock.now(), result=result, body=body,
            http_status=answer.status,
        )
    )  # fmt: skip


def _send(base: str, request: CarrierRequest) -> Answer:
    address = base + request.path + (f"?{urlencode(request.query)}" if request.query else "")
    headers = dict(request.headers)
    asked = urllib.request.Request(address, method=request.method, headers=headers, data=request.body)  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  the sandbox
            return Answer(status=answer.status, headers={}, body=answer.read())
    except urllib.error.HTTPError as error:
        return Answer(status=error.code, headers={}, body=error.read())
