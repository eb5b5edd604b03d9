"""The carriers' push door: verified, kept and committed before the carrier is told "yes"; read afterwards.

The account's unguessable address and its signature open it: no key, and no rate limiter that could lose a message
while Redis is away.
"""

from __future__ import annotations

import hashlib
import logging
import re
import zlib
from contextlib import suppress
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django_scopes import scopes_disabled

from carriers import registry
from carriers.base import PushAdapter, PushMessage
from carriers.errors import BadAnswer, BadPush, UnknownCarrier
from tracking.api.bodies import gather_chunks
from tracking.api.errors import ApiError, ErrorType, not_found, problem_of
from tracking.jobs.waking import wake_reader
from tracking.shipments import pushes
from tracking.shipments.models import CarrierAccount, InboundPush
from tracking.shipments.sealing import open_credentials
from tracking.shipments.tasks import read_pushes

logger = logging.getLogger(__name__)

MAX_BYTES = 1_000_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}\Z", re.ASCII)


@csrf_exempt
def push_door(request: HttpRequest, carrier: str, token: str) -> HttpResponse:
    """200 once the message is kept, or was already; else a named error, and nothing is kept.

    202 for an unsigned message: nothing of it is believed, and the carrier is asked about its numbers instead.
    """
    if not getattr(request, "request_id", None):
        request.request_id = uuid4().hex  # type: ignore[attr-defined]
    request_id = str(request.request_id)  # type: ignore[attr-defined]
    answer: HttpResponse
    try:
        status, said = _receive(request, carrier, token)
    except Exception as error:  # the carrier is always answered in the one shape
        problem = problem_of(error, request)
        if problem.status >= 500:
            logger.error("a push of %s was not kept", carrier[:40], exc_info=error)
        answer = JsonResponse(problem.as_json(request_id), status=problem.status, headers=dict(problem.headers or {}))
    else:
        if status == 200:
            wake_reader(read_pushes)
        answer = HttpResponse(said, status=status, content_type="application/json")
    answer.headers["X-Request-Id"] = request_id
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _receive(request: HttpRequest, carrier: str, token: str) -> tuple[int, bytes]:
    """The HTTP status, and what the carrier takes for "yes"."""
    adapter = _push_adapter(carrier)
    if request.method != "POST":
        raise ApiError(405, ErrorType.METHOD_NOT_ALLOWED, "Carriers push here by POST.", {"Allow": "POST"})
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        cure = "Compressed bodies are not read. Send the body as it is, without Content-Encoding."
        raise ApiError(415, ErrorType.UNSUPPORTED_MEDIA_TYPE, cure)
    account = _account(adapter, token)
    body = _body(request)
    message = _message(adapter, account, request, body)
    if not adapter.is_signed(message):
        pushes.take_hint(account, adapter, body)
        return 202, adapter.acknowledgement
    clear = _verified(adapter, message)
    _keep(account, _message_id(adapter, clear), clear)
    return 200, adapter.acknowledge(clear)


def _push_adapter(carrier: str) -> PushAdapter:
    adapter: object = None
    with suppress(UnknownCarrier):
        adapter = registry.adapter(carrier)
    if not isinstance(adapter, PushAdapter):
        raise not_found("No carrier of that name pushes to us.")
    return adapter


def _account(adapter: PushAdapter, token: str) -> CarrierAccount:
    if _TOKEN.match(token):
        with scopes_disabled():  # the token says whose account it is
            account = CarrierAccount.objects.filter(push_token=token, carrier=adapter.facts.slug).first()
        if account is not None:
            return account
    raise not_found("No account has this push address. Copy it again from the console.")


def _body(request: HttpRequest) -> bytes:
    """Read here rather than through `request.body`, whose bound is another one."""
    gather_chunks(request, MAX_BYTES)
    try:
        told = int(request.headers.get("Content-Length") or 0)
        body = request.read(MAX_BYTES + 1) if told <= MAX_BYTES else b""
    except (ValueError, OSError, UnreadablePostError, RawPostDataException) as error:
        raise ApiError(400, ErrorType.INVALID_REQUEST, "The body did not arrive whole. Send it again.") from error
    if max(told, len(body)) > MAX_BYTES:
        raise ApiError(413, ErrorType.BODY_TOO_LARGE, f"A push may have {MAX_BYTES:,} bytes.")
    if len(body) < told:
        raise ApiError(400, ErrorType.INVALID_REQUEST, "The body did not arrive whole. Send it again.")
    return bytes(body)


def _message(adapter: PushAdapter, account: CarrierAccount, request: HttpRequest, body: bytes) -> PushMessage:
    secret = open_credentials(account).get(adapter.push_credential, "")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return PushMessage(headers=headers, body=body, secret=secret)


def _verified(adapter: PushAdapter, message: PushMessage) -> bytes:
    """The body in clear."""
    if not message.secret:  # an account without a secret trusts nobody
        raise ApiError(401, ErrorType.BAD_SIGNATURE, "The account has no push secret yet. Set it in the console.")
    try:
        adapter.verify(message)
        return adapter.opened(message)
    except BadPush as error:
        raise ApiError(401, ErrorType.BAD_SIGNATURE, f"The signature does not hold: {error.detail}.") from error


def _message_id(adapter: PushAdapter, body: bytes) -> str:
    """The carrier's own id, else the body's SHA-256. A body that nobody can read is kept too, and flagged later."""
    try:
        told = adapter.push_id(adapter.decode_push(body))
    except (BadAnswer, KeyError, TypeError, ValueError, AttributeError, IndexError):
        told = None
    if told and len(told) <= 64 and told.isprintable():
        return told
    return hashlib.sha256(body).hexdigest()


def _keep(account: CarrierAccount, message_id: str, body: bytes) -> None:
    """Committed when this returns; a message that we have is left as it is."""
    row = InboundPush(
        merchant_id=account.merchant_id, account=account, message_id=message_id, body=zlib.compress(body, 6)
    )
    with scopes_disabled(), transaction.atomic(durable=True):
        InboundPush.objects.bulk_create([row], ignore_conflicts=True)
